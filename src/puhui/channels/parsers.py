"""From text to values, as Ibis expressions: what cannot be read becomes NULL, never a guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

DAY = r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
ISO_DAY = r"^\d{4}-\d{2}-\d{2}$"
PLAIN_YUAN = r"^-?\d{1,12}(\.\d{1,2})?$"
PLAIN_WHOLE = r"^-?\d{1,15}$"
NUMBER = r"^[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?$"
MONTH = r"^\d{4}([-/.年]\d{1,2}月?|\d{2})$"
PERCENT = r"^[+-]?\d+(\.\d*)?\s*[%％]?$"
EXCEL_DAY_ZERO = "1899-12-30"  # serial 1 is 1900-01-01, and Excel believes in a 29 February 1900


def word(text: ir.StringValue) -> ir.StringValue:
    """Text as it is."""
    return text


def code(longest: int = 64) -> Callable[[ir.StringValue], ir.StringValue]:
    """A code or number kept as text, of at most `longest` characters.

    A number that a spreadsheet has rounded to powers of ten (1.23E+11) has lost its digits: NULL.
    """

    def parse(text: ir.StringValue) -> ir.StringValue:
        damaged = text.re_search(r"^\d(\.\d+)?[eE]\+?\d+$")
        return ibis.ifelse(damaged | (text.length() > longest), ibis.null("string"), text)

    return parse


def day(text: ir.StringValue) -> ir.DateValue:
    """A day as 2017-07-18, 2017/7/18, 2017.7.18, 2017年7月18日, 20170718 or a spreadsheet's serial number (42934).

    A time of day behind it is dropped.
    """
    dashed = text.translate("/.年月日", "----").split(" ")[0].split("T")[0]
    compact = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 2)
    serial = ibis.literal(EXCEL_DAY_ZERO).cast("timestamp") + text.try_cast("int32").as_interval("D")
    return ibis.cases(
        (text.re_search(ISO_DAY), text.try_cast("date")),
        (text.re_search(DAY), dashed.try_cast("date")),
        (text.re_search(r"^\d{8}$"), compact.try_cast("date")),
        (text.re_search(r"^\d{5}(\.\d+)?$"), serial.date()),
    )


def period_end(text: ir.StringValue) -> ir.DateValue:
    """The last day of a period that is told as a month (2024-05, 202405, 2024年5月) or as its last day."""
    dashed = text.translate("/.年月", "----").re_replace("-$", "")
    compact = text.substr(0, 4) + "-" + text.substr(4, 2)
    first = ibis.cases(
        (text.re_search(r"^\d{6}$"), (compact + "-01").try_cast("date")),
        (text.re_search(MONTH), (dashed + "-01").try_cast("date")),
    )
    # DuckDB makes a timestamp of a date and an interval, which Ibis holds to be a date still.
    last = (first + ibis.interval(months=1) - ibis.interval(days=1)).cast("timestamp").date()
    return ibis.coalesce(last, day(text))


def whole(text: ir.StringValue) -> ir.IntegerValue:
    """A whole number; thousands may be parted by commas, and a spreadsheet's `.0` may follow. Fractions are NULL."""
    number = text.replace(",", "").try_cast("decimal(24, 6)")
    value = number.try_cast("int64")
    exact = ibis.ifelse(text.re_search(NUMBER) & (number == value), value, ibis.null("int64"))
    return ibis.ifelse(text.re_search(PLAIN_WHOLE), text.try_cast("int64"), exact)


def basis_points(text: ir.StringValue) -> ir.IntegerValue:
    """Per cent, with or without its sign, as whole basis points (35.25 % is 3525); more than two decimals are NULL.

    A bare fraction is not guessed at: 0.35 is 0.35 %, 35 basis points.
    """
    number = text.re_replace("[%％]", "").strip().try_cast("decimal(24, 6)") * 100
    value = number.try_cast("int64")
    return ibis.ifelse(text.re_search(PERCENT) & (number == value), value, ibis.null("int64"))


def fen(text: ir.StringValue) -> ir.IntegerValue:
    """Yuan as whole fen; thousands may be parted by commas, ￥ may stand in front.

    More than two decimals are NULL (never rounded), save for a binary fraction's dust beyond the sixth.
    """
    plain = (text.try_cast("decimal(15, 2)") * 100).try_cast("int64")  # nearly all are, and this is quick
    bare = text.replace("￥", "").replace("¥", "")
    yuan = bare.replace(",", "").try_cast("decimal(24, 6)")
    in_fen = yuan * 100
    whole = in_fen.try_cast("int64")
    exact = ibis.ifelse(bare.re_search(NUMBER) & (in_fen == whole), whole, ibis.null("int64"))
    return ibis.ifelse(text.re_search(PLAIN_YUAN), plain, exact)


def one_of(meanings: Mapping[str, str]) -> Callable[[ir.StringValue], ir.StringValue]:
    """One of some known words, whatever their case; `meanings` gives each word's value."""

    def parse(text: ir.StringValue) -> ir.StringValue:
        return text.lower().cases(*((key.lower(), value) for key, value in meanings.items()))

    return parse
