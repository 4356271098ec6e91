"""Made-up calls to look at: a company's year as Asterisk writes it, and the world of the vendor's page.

Everything here gives what a PBX and a directory would deliver: bytes of CDRs and a document of people. They take the
same way in as real ones. Seeds are fixed: the same bytes every time. Nobody in here exists, and no number can be rung.
"""
