"""The bytes of an XML file in UTF-8, whatever its declaration claims.

A byte order mark or the zero bytes of UTF-16 say more than the declaration, which programs copy
from elsewhere: files that declare UTF-16 and are UTF-8, or declare UTF-8 and are Latin-1, exist.

Left out: encodings that are not of text (Python has "hex" and "zip"), UTF-7, EBCDIC.
"""

import codecs
import re

_MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
_ZEROS = [(b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be")]
_ZEROS += [(b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")]

_BLOCK = 2**20

_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]{0,1000}\?>")
_ENCODING = re.compile(rb"""\sencoding\s*=\s*["']([A-Za-z][\w.:-]{0,40})["']""", re.ASCII)
_TEXT_CODEC = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp125\d|cp(437|850|852|866|932|936|949|950)|koi8-[ru]|mac-\w+"
    r"|shift_jis|euc_(jp|kr)|gb2312|gbk|gb18030|big5"
)
_FALLBACK = "cp1252"  # what is neither UTF-8 nor as declared is, for the most part, Western


def to_utf8(data: bytes) -> tuple[bytes, str]:
    """Returns an XML file in UTF-8, without its declaration, and a warning or "".

    Source: XML 1.0, appendix F (how a reader tells the encoding).
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _recode(data[len(mark) :], codec)
    for zeros, codec in _ZEROS:
        if data.startswith(zeros):
            return _recode(data, codec)
    declaration = _DECLARATION.match(data)
    declared = _ENCODING.search(declaration[0]) if declaration else None
    return _recode(data, _text_codec(declared[1].decode()) if declared else "utf-8")


def _text_codec(declared: str) -> str:
    """Returns Python's name of a declared encoding of single bytes, else UTF-8."""
    try:
        codec = codecs.lookup(declared).name
    except LookupError:
        return "utf-8"
    return codec if _TEXT_CODEC.fullmatch(codec) else "utf-8"


def _recode(data: bytes, codec: str) -> tuple[bytes, str]:
    warning = ""
    try:
        data = _blockwise(data, codec)
    except UnicodeDecodeError:
        if codec == "utf-8" or not codec.startswith("utf-"):
            warning = f"the text is not all {codec}, it was read as {_FALLBACK}"
            data = _blockwise(data, _FALLBACK, errors="replace")
        else:
            warning = f"the text is not all {codec}"
            data = _blockwise(data, codec, errors="replace")
    data = data.removeprefix(codecs.BOM_UTF8).lstrip().rstrip(b"\0 \t\r\n")
    declaration = _DECLARATION.match(data)
    return (data[declaration.end() :].lstrip() if declaration else data), warning


def _blockwise(data: bytes, codec: str, errors: str = "strict") -> bytes:
    """Returns text in UTF-8; one with an emoji would take four bytes a character as a whole."""
    decoder = codecs.getincrementaldecoder(codec)(errors)
    blocks = []
    for start in range(0, len(data), _BLOCK):
        text = decoder.decode(data[start : start + _BLOCK], start + _BLOCK >= len(data))
        if codec != "utf-8":
            blocks.append(text.encode(errors="replace"))
    return b"".join(blocks) if blocks else data
