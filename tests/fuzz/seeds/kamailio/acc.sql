-- MariaDB dump
CREATE TABLE `acc` (
  `id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `method` varchar(16) NOT NULL DEFAULT '',
  `from_tag` varchar(128) NOT NULL DEFAULT '',
  `to_tag` varchar(128) NOT NULL DEFAULT '',
  `callid` varchar(255) NOT NULL DEFAULT '',
  `sip_code` varchar(3) NOT NULL DEFAULT '',
  `sip_reason` varchar(128) NOT NULL DEFAULT '',
  `time` datetime NOT NULL,
  `src_user` varchar(64) NOT NULL DEFAULT '',
  `dst_user` varchar(64) NOT NULL DEFAULT '',
  PRIMARY KEY (`id`)
);
INSERT INTO `acc` VALUES (1,'INVITE','f1','t1','one@192.0.2.1','200','OK','2020-12-01 10:00:05','101','102'),
(2,'BYE','f1','t1','one@192.0.2.1','200','OK','2020-12-01 10:01:05','101','102');
INSERT INTO `version` (table_name, table_version) VALUES ('acc',5);
