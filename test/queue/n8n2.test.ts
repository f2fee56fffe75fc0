import { describeQueueMode } from './describeQueueMode';

describeQueueMode('2.41.1');
