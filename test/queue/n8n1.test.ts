import { describeQueueMode } from './describeQueueMode';

describeQueueMode('1.123.81');
