-- PostgreSQL database dump
COPY public.v_xml_cdr (domain_name, xml_cdr_uuid, direction, caller_id_name, caller_id_number, source_number, destination_number, start_epoch, answer_epoch, end_epoch, bridge_uuid, originating_leg_uuid, last_app, voicemail_message, missed_call, hangup_cause) FROM stdin;
acme.example	aaaaaaaa-1111-4222-8333-444455556666	local	Anna	101	101	102	1606813200	1606813205	1606813265	bbbbbbbb-1111-4222-8333-444455556666	\N	bridge	false	false	NORMAL_CLEARING
\.
