CREATE TABLE `queue_log` (
  `id` int(10) NOT NULL AUTO_INCREMENT,
  `time` datetime(6) DEFAULT NULL,
  `callid` varchar(80) NOT NULL,
  `queuename` varchar(256) NOT NULL,
  `agent` varchar(80) NOT NULL,
  `event` varchar(32) NOT NULL,
  `data1` varchar(100) NOT NULL, `data2` varchar(100) NOT NULL, `data3` varchar(100) NOT NULL,
  PRIMARY KEY (`id`)
);
INSERT INTO `queue_log` VALUES (1,'2020-12-01 10:00:00.000000','1606813200.1','support','NONE','ENTERQUEUE',
 '','4599000001','1'),
(2,'2020-12-01 10:00:20.000000','1606813200.1','support','PJSIP/101','CONNECT','20','1606813215.2','5'),
(3,'2020-12-01 10:01:20.000000','1606813200.1','support','PJSIP/101','COMPLETEAGENT','20','60','1');
