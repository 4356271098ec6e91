"""SQL above, the rows it holds below. Every number and name here is made up."""

import io
import json

import pytest

from pbxtally import dumps
from pbxtally.records import MANY_BYTES

CREATE = """CREATE TABLE `cdr` (
  `calldate` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  `clid` varchar(80) NOT NULL DEFAULT '',
  `billsec` decimal(10,2) DEFAULT NULL COMMENT 'talk, in seconds; (rounded)',
  PRIMARY KEY (`calldate`),
  KEY `clid` (`clid`,`billsec`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
"""
ROW = {"calldate": "2020-12-01 10:00:00", "clid": "Anna", "billsec": "5"}


def rows(sql, table="cdr"):
    stream = io.BytesIO(sql if isinstance(sql, bytes) else sql.encode())
    return list(dumps.rows(stream, lambda name, columns: name == table))


def read(sql):
    return [json.loads(row) for row in rows(sql)]


@pytest.mark.parametrize(
    "sql",
    [
        CREATE + "INSERT INTO `cdr` VALUES ('2020-12-01 10:00:00','Anna',5);\n",
        "INSERT INTO `cdr` (`calldate`, `clid`, `billsec`) VALUES\n('2020-12-01 10:00:00', 'Anna', 5);\n",
        "INSERT INTO public.cdr (calldate, clid, billsec) VALUES ('2020-12-01 10:00:00', 'Anna', 5);\n",
        'CREATE TABLE cdr(calldate TEXT, "clid" TEXT, billsec INTEGER);\nINSERT INTO cdr VALUES('
        "'2020-12-01 10:00:00','Anna',5);\n",
        "-- PostgreSQL database dump\nCOPY public.cdr (calldate, clid, billsec) FROM stdin;\n"
        "2020-12-01 10:00:00\tAnna\t5\n\\.\n",
    ],
    ids=["mysqldump", "phpMyAdmin", "pg_dump --inserts", "sqlite", "pg_dump"],
)
def test_every_kind_of_dump_gives_the_same_row(sql):
    assert read(sql) == [ROW]


def test_text_is_what_was_written_whatever_is_in_it():
    sql = CREATE + r"INSERT INTO `cdr` VALUES ('2020','\"O\'Hara\" <(1),(2);>''\\',NULL),('2021','x);',-1.5);"
    assert [(row["clid"], row["billsec"]) for row in read(sql)] == [("\"O'Hara\" <(1),(2);>'\\", None), ("x);", "-1.5")]


def test_postgresql_and_sqlite_leave_a_backslash_alone():
    sql = "PRAGMA foreign_keys=OFF;\nCREATE TABLE cdr(a,b);\nINSERT INTO cdr VALUES('x\\','it''s');\n"
    assert read(sql) == [{"a": "x\\", "b": "it's"}]


def test_a_copy_line_says_null_and_tabs_in_its_own_way():
    sql = "COPY cdr (a, b, c) FROM stdin;\n\\N\tone\\ttwo\t\n\\.\nSELECT 1;\n"
    assert read(sql) == [{"a": None, "b": "one\ttwo", "c": ""}]


def test_a_dump_of_mysql_9_has_its_log_above_and_bytes_as_text_or_in_hex():
    above = (
        "-- MySQL dump 10.13  Distrib 9.7.4, for Linux (x86_64)\n/*!50503 SET NAMES utf8mb4 */;\n"
        "SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;\nSET @@SESSION.SQL_LOG_BIN= 0;\n"
        "--\n-- GTID state at the beginning of the backup \n--\n\n"
        "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '11111111-2222-3333-4444-555566667777:1-172';\n"
        "/*!50503 SET character_set_client = utf8mb4 */;\n"
        "CREATE TABLE `cdr` (\n  `start` timestamp NOT NULL,\n  `lastdata` varbinary(80) DEFAULT NULL,\n"
        "  `disposition` enum('NO ANSWER','ANSWERED') DEFAULT NULL,\n  `userfield` json DEFAULT NULL\n"
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;\nLOCK TABLES `cdr` WRITE;\n"
        "/*!40000 ALTER TABLE `cdr` DISABLE KEYS */;\n"
    )
    row = {"start": "2020-12-01 09:00:00", "lastdata": "Ærø 📞", "disposition": "ANSWERED", "userfield": '{"a": 1}'}
    for written in ("_binary 'Ærø 📞'", "0xC38672C3B820F09F939E"):
        values = f"('2020-12-01 09:00:00',{written},'ANSWERED','{{\\\"a\\\": 1}}')"
        assert read(f"{above}INSERT INTO `cdr` VALUES {values};\nUNLOCK TABLES;\n") == [row]


def test_other_tables_are_passed_by():
    sql = "INSERT INTO `users` (`a`) VALUES ('INSERT INTO cdr');\n" + CREATE + "INSERT INTO `cdr` VALUES (1,2,3);\n"
    assert read(sql) == [{"calldate": "1", "clid": "2", "billsec": "3"}]


def test_a_statement_of_megabytes_is_taken_apart_in_pieces():
    many = 60_000
    values = ",".join(f"('2020-12-01 10:00:00','Anna {number}',{number})" for number in range(many))
    found = read(CREATE + f"INSERT INTO `cdr` VALUES {values};\nINSERT INTO `cdr` VALUES (1,2,3);\n")
    assert [int(row["billsec"]) for row in found] == [*range(many), 3]


@pytest.mark.parametrize("cut", [1, 2, 9, 14])
def test_a_row_that_is_cut_off_is_given_as_it_stands(cut):
    sql = CREATE + "INSERT INTO `cdr` VALUES ('2020','a',1),('2021','b',22)"
    *whole, last = rows(sql[:-cut])
    assert len(whole) == 1
    assert last == "('2021','b',22)"[:-cut].encode()


def test_a_row_without_known_columns_or_with_too_many_is_given_as_it_stands():
    assert rows("INSERT INTO `cdr` VALUES (1,'a');\n") == [b"(1,'a')"]
    assert rows(CREATE + "INSERT INTO `cdr` VALUES (1,'a');\n") == [b"(1,'a')"]


def test_a_row_too_long_to_be_one_is_bounded_and_the_next_is_read():
    sql = CREATE + "INSERT INTO `cdr` VALUES (1,'" + "x" * 500_000 + "',2),(1,2,3);\n"
    first, second = rows(sql)
    assert len(first) == MANY_BYTES + 1
    assert json.loads(second)["billsec"] == "3"


@pytest.mark.parametrize(
    "beginning",
    [
        b"-- MySQL dump",
        b"/*!40101 SET",
        b"\nSET x",
        b"INSERT INTO",
        b"PRAGMA a",
        b"--\n-- a\n\n# b\nSELECT 1;",
        b"-- long\n" * 500 + b"CREA",
        b"\xef\xbb\xbf-- a\n\\connect calls\n",
    ],
)
def test_a_dump_is_told_by_how_it_begins(beginning):
    assert dumps.is_dump(beginning)


@pytest.mark.parametrize(
    "beginning",
    [
        b'"","101","102"',
        b"{}",
        b"calldate,clid",
        b"setting,x",
        b"",
        b'# calls of May\n"","101","102"\n',
        b"--\n-- calls\ncalldate,clid\n",
        b"------f00\r\nContent-Disposition: form-data\r\n",
    ],
)
def test_other_files_are_no_dump(beginning):
    assert not dumps.is_dump(beginning)


@pytest.mark.parametrize(
    "before",
    [
        b"\n" * 4_000_000,
        b"CREATE TABLE other (\n" * 200_000 + b");\n",
        (b"CREATE TABLE x (" + b"(" * 250_000 + b";\n") * 8,
    ],
    ids=["empty lines", "tables without an end", "brackets"],
)
def test_a_dump_takes_a_time_that_grows_with_its_size_only_whatever_stands_in_it(before):
    insert = b"INSERT INTO cdr (calldate, clid, billsec) VALUES ('2020-12-01 10:00:00', 'Anna', 5);\n"
    assert rows(b"-- a dump\n" + before + insert) == rows(insert)


def test_of_what_is_no_row_no_more_is_given_than_is_passed():
    sql = b"INSERT INTO cdr VALUES " + b"(a(b)," * 50_000
    assert sum(map(len, rows(sql))) <= len(sql)


def test_many_blanks_behind_the_last_row_are_no_row():
    other = "INSERT INTO other VALUES (" + "x" * 100 + ");\n"
    sql = "INSERT INTO cdr (calldate, clid) VALUES ('2020-12-01 10:00:00', 'Anna')" + " " * 40 + ";\n" + other * 2_000
    assert read(sql) == [{"calldate": "2020-12-01 10:00:00", "clid": "Anna"}]


def test_a_dump_may_begin_with_the_mark_of_utf_8():
    sql = "\ufeffINSERT INTO cdr (calldate, clid) VALUES ('2020-12-01 10:00:00', 'Anna');\n"
    assert read(sql) == [{"calldate": "2020-12-01 10:00:00", "clid": "Anna"}]


@pytest.mark.parametrize("heading", [b"start,src,dst", b"Start time;Call type", b"begin,end", b"set;use"])
def test_a_table_whose_first_column_is_called_as_a_statement_begins_is_no_dump(heading):
    assert not dumps.is_dump(heading + b"\n2020-12-01 10:00:00,101,102\n")


@pytest.mark.parametrize(
    "beginning", [b"BEGIN;\n", b"begin transaction;", b"START TRANSACTION;", b"\n\nSET NAMES utf8;"]
)
def test_a_dump_is_told_by_its_first_statement(beginning):
    assert dumps.is_dump(beginning)
