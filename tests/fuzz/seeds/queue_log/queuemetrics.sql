CREATE TABLE `queue_log` (
  `partition` varchar(20) NOT NULL, `time_id` int(11) NOT NULL, `call_id` varchar(200) NOT NULL,
  `queue` varchar(50) NOT NULL, `agent` varchar(200) NOT NULL, `verb` varchar(30) NOT NULL,
  `data1` varchar(200), `data2` varchar(200), `data3` varchar(200), `data4` varchar(200), `data5` varchar(200),
  `serverid` varchar(10) NOT NULL, `unique_row_count` int(10) NOT NULL AUTO_INCREMENT
);
INSERT INTO `queue_log` VALUES
('P001',1606813200,'1606813200.1','support','NONE','ENTERQUEUE','','4599000001','1','','','',1),
('P001',1606813220,'1606813200.1','support','Agent/101','CONNECT','20','1606813215.2','5','','','',2),
('P001',1606813280,'1606813200.1','support','Agent/101','COMPLETEAGENT','20','60','1','','','',3);
