"""Reading spreadsheets that people hand in: the first sheet of XLSX, or CSV, within limits.

Strangers make these files, so nothing of them is trusted: not what an archive says its members
unpack to, not declarations in XML, not formulas.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import IO, Any, Final, NamedTuple
from xml.parsers import expat

from app.core.errors import DomainError

MEMBERS: Final = 200
UNPACKED_BYTES: Final = 64 * 1024 * 1024
COLUMNS: Final = 64
CELL_CHARACTERS: Final = 4_000
_CHUNK: Final = 64 * 1024
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class SheetUnreadable(DomainError):
    """`line` is the row that is wrong, where it is one."""

    slug, title, title_zh = (
        "spreadsheet-unreadable",
        "The spreadsheet cannot be read",
        "无法读取该表格",
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class SheetRow(NamedTuple):
    """A row by its number in the sheet, 1 first. `formulas` are columns that hold one, 0 first."""

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


def letter(column: int) -> str:
    """How a sheet names a column, 0 first."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def rows_of(file: IO[bytes], *, most: int) -> Iterator[SheetRow]:
    """The rows that hold anything, at most `most`; it blocks, so read it in a thread.

    Raises `SheetUnreadable`.
    """
    start = file.read(4)
    file.seek(0)
    if start == _OLD_EXCEL:
        raise SheetUnreadable("Save it as XLSX or CSV")
    rows = _xlsx(file) if start[:2] == b"PK" else _csv(file)
    for count, row in enumerate(rows):
        if count >= most:
            raise SheetUnreadable("It has too many rows", line=row.number, most=most)
        if len(row.cells) > COLUMNS or any(len(each) > CELL_CHARACTERS for each in row.cells):
            raise SheetUnreadable("It has too many columns, or too much in a cell", line=row.number)
        yield row


def _csv(file: IO[bytes]) -> Iterator[SheetRow]:
    content = file.read(UNPACKED_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise SheetUnreadable("It is neither UTF-8 nor GB 18030") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if any(each.strip() for each in cells):
                formulas = frozenset(i for i, each in enumerate(cells) if each.startswith("="))
                yield SheetRow(number, tuple(each.removeprefix("'") for each in cells), formulas)
    except csv.Error as error:
        raise SheetUnreadable("It is no CSV", line=reader.line_num) from error


def _xlsx(file: IO[bytes]) -> Iterator[SheetRow]:
    try:
        with zipfile.ZipFile(file) as packed:
            names = packed.namelist()
            sheets = [found for found in map(_SHEET.fullmatch, names) if found]
            if len(names) > MEMBERS or not sheets:
                raise SheetUnreadable("It has no sheet, or too many parts")
            budget = _Budget(UNPACKED_BYTES)
            shared: list[str] = []
            if "xl/sharedStrings.xml" in names:
                strings = _Strings(shared)
                for _ in _parsed(packed, "xl/sharedStrings.xml", strings.parser, budget):
                    pass
            first = min(sheets, key=lambda found: int(found[1]))[0]
            sheet = _Sheet(shared)
            for _ in _parsed(packed, first, sheet.parser, budget):
                yield from sheet.taken()
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        expat.ExpatError,
        ValueError,
        KeyError,
    ) as error:
        raise SheetUnreadable("It is no workbook, or a damaged or locked one") from error


class _Budget:
    """What members may unpack to in all, counted as it comes."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise SheetUnreadable("It unpacks to too much", most=UNPACKED_BYTES)


def _parsed(
    packed: zipfile.ZipFile, name: str, parser: expat.XMLParserType, budget: _Budget
) -> Iterator[None]:
    with packed.open(name) as plain:
        while chunk := plain.read(_CHUNK):
            budget.take(len(chunk))
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
        yield


def _parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    said: Callable[[str], None],
) -> expat.XMLParserType:
    """A workbook declares nothing: entities are how small files become endless ones."""

    def refuse(*_: Any) -> None:
        raise SheetUnreadable("It declares entities")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = said
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Strings:
    """The table of texts that cells point into; readings of characters are left out."""

    def __init__(self, into: list[str]) -> None:
        self._into, self._parts = into, list[str]()
        self._is_text, self._phonetic = False, 0
        self.parser = _parser(self._start, self._end, self._said)

    def _start(self, name: str, _: dict[str, str]) -> None:
        match _local(name):
            case "si":
                self._parts = []
            case "rPh":
                self._phonetic += 1
            case "t":
                self._is_text = not self._phonetic

    def _end(self, name: str) -> None:
        match _local(name):
            case "si":
                self._into.append("".join(self._parts))
            case "rPh":
                self._phonetic -= 1
            case "t":
                self._is_text = False

    def _said(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)


class _Sheet:
    """Rows of a sheet as they are read."""

    def __init__(self, shared: list[str]) -> None:
        self._shared = shared
        self._rows: list[SheetRow] = []
        self._cells: dict[int, str] = {}
        self._formulas: set[int] = set()
        self._number = self._column = 0
        self._kind, self._is_value = "", False
        self._parts: list[str] = []
        self.parser = _parser(self._start, self._end, self._said)

    def taken(self) -> list[SheetRow]:
        """What was read since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, said: dict[str, str]) -> None:
        match _local(name):
            case "row":
                self._number = int(said.get("r", self._number + 1))
                self._cells, self._formulas, self._column = {}, set(), -1
            case "c":
                place = _CELL.fullmatch(said.get("r", ""))
                self._column = _number_of(place[1]) if place else self._column + 1
                if self._column >= COLUMNS:
                    raise SheetUnreadable("It has too many columns", line=self._number)
                self._kind, self._parts = said.get("t", "n"), []
            case "f":
                self._formulas.add(self._column)
            case "v" | "t":
                self._is_value = True

    def _end(self, name: str) -> None:
        match _local(name):
            case "v" | "t":
                self._is_value = False
            case "c":
                self._cells[self._column] = self._value("".join(self._parts))
            case "row" if any(each.strip() for each in self._cells.values()) or self._formulas:
                width = max([*self._cells, *self._formulas]) + 1
                cells = tuple(self._cells.get(each, "") for each in range(width))
                self._rows.append(SheetRow(self._number, cells, frozenset(self._formulas)))

    def _said(self, text: str) -> None:
        if self._is_value:
            self._parts.append(text)

    def _value(self, text: str) -> str:
        if self._kind == "s":
            place = int(text)
            if not 0 <= place < len(self._shared):
                raise SheetUnreadable("A cell points nowhere", line=self._number)
            return self._shared[place]
        return _plain(text) if self._kind == "n" else text


def _number_of(name: str) -> int:
    found = 0
    for each in name:
        found = found * 26 + ord(each) - 64
    return found - 1


def _plain(text: str) -> str:
    """A number as people read it: telephones and codes are no `1.38E10`."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    is_whole = number.is_finite() and abs(number) < Decimal(10) ** 18 and number == int(number)
    return str(int(number)) if is_whole else text
