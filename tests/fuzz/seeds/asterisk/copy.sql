-- PostgreSQL database dump
COPY public.cdr (start, channel, dstchannel, duration, billsec, disposition, uniqueid) FROM stdin;
2020-12-01 10:00:00	PJSIP/101-0a	PJSIP/102-0b	65	60	ANSWERED	1606813200.1
2020-12-01 10:00:00	\N	\\x	65	60	BUSY	1606813200.1
\.
