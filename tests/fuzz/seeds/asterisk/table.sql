-- MySQL dump
CREATE TABLE `cdr` (`calldate` datetime, `src` varchar(80), `dst` varchar(80), `channel` varchar(80), `dstchannel` varchar(80), `duration` int(11), `billsec` int(11), `disposition` varchar(45), `uniqueid` varchar(32),
 PRIMARY KEY (`uniqueid`));
INSERT INTO `cdr` VALUES ('2020-12-01 10:00:00','101','102','PJSIP/101-0a','PJSIP/102-0b',65,60,'ANSWERED','1606813200.1'),('2020-12-01 10:10:00','It''s \'x','102','PJSIP/trunk-0a','',5,0,'NO ANSWER','1606813800.1');
