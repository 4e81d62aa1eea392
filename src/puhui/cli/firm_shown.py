"""A firm on the terminal, in both languages: its file, its facts side by side, what is doubtful about identities."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Column, Table

from puhui.channels.catalogue import CHANNELS
from puhui.cli.showing import out
from puhui.enterprises.accuracy.checking import Checked, Compared
from puhui.enterprises.accuracy.detectors import DETECTORS
from puhui.enterprises.accuracy.rules import Verdict
from puhui.enterprises.accuracy.signs import told
from puhui.enterprises.accuracy.trust import PART_WORDS
from puhui.enterprises.bonds import FARTHEST, Bonds
from puhui.enterprises.dossier import EnterpriseFile
from puhui.enterprises.owner import MATTERS, Matter
from puhui.enterprises.selectors import Case
from puhui.enterprises.wording import ACTS, DOUBTS, LINKED_BY, SCHEMES, STATED, word
from puhui.words import Label

STATEMENTS, RECORDS, FIRMS = 30, 20, 8  # shown at most; `--json` has all
UNITS = {"fen": Label("yuan", "元"), "heads": Label("heads", "人"), "kWh": Label("kWh", "千瓦时")}


def show_file(known: EnterpriseFile) -> None:
    """The enterprise file: what is known, from where, since when, and what may not be read."""
    out.print(f"[bold]{known.firm}[/bold]  linked since 关联于 {known.known_since or '–'}", highlight=False)
    for scheme, values in known.codes.items():
        out.print(f"  {_both(word(SCHEMES, scheme))}: {', '.join(values)}", highlight=False)
    table = Table("channel 渠道", "rows 行数", "from 自", "to 至", "sources 来源", title="What is held 所持数据")
    for held in known.held:
        said = f"[red]{held.refused}[/red]" if held.refused else ", ".join(held.sources)
        rows = "–" if held.refused else f"{held.rows:,}"
        label = _both(CHANNELS[held.channel].label)
        table.add_row(label, rows, str(held.first_day or "–"), str(held.last_day or "–"), said)
    out.print(table)
    if known.statements:
        table = Table("since 自", "statement 登记事项", "", "source 来源", title="What the registry says 登记信息")
        for said_of in known.statements[-STATEMENTS:]:
            table.add_row(str(said_of.since), _both(word(STATED, said_of.what)), said_of.value, said_of.source)
        out.print(table)
    for word_of in known.owner_says:
        amount = f"{word_of.amount / 100:,.0f} yuan" if word_of.matter is not Matter.STAFF else f"{word_of.amount:,}"
        told_on = f"the owner says 企业主自述, {word_of.on}"
        out.print(f"  {told_on}: {_both(MATTERS[word_of.matter])} {amount}", highlight=False)
    if known.bonds is not None:
        _show_bonds(known.bonds)
    for record in known.records[:RECORDS]:
        how = _both(word(LINKED_BY, record.how))
        said = f"record 记录 {record.number}: {record.source} {record.record}, {how} ({record.probability:.0%})"
        out.print(f"  {said}, since 自 {record.since}", highlight=False)
    for act in known.history:
        undone = " (undone 已撤销)" if act.undone else ""
        said = f"act 操作 {act.act}, {act.on}: {act.enterprise} {_both(word(ACTS, act.kind))} {act.other}"
        out.print(f"  {said}, {act.by}: {act.reason}{undone}", highlight=False)
    for case in known.doubts:
        other = case.other or f"record 记录 {case.record}"
        out.print(f"  doubtful 存疑 {case.id}: {_both(word(DOUBTS, case.kind))}: {other}", highlight=False)


def _show_bonds(bonds: Bonds) -> None:
    near = "none within 4 steps 四步内无" if bonds.distance > FARTHEST else f"{bonds.distance} steps 步"
    table = Table("bound to 关联", "whom 对象", title="Who it is bound to 关联关系")
    for label, firms in (
        ("controller 控制人", (bonds.controller,) if bonds.controller else ()),
        (f"group 集团 ({max(1, len(bonds.group))})", bonds.group),
        ("its people's other firms 关联人其他企业", bonds.owner_others),
        ("guarantee circle 互保圈", bonds.circle),
        ("guarantees given 对外担保", bonds.given),
        ("guarantees received 接受担保", bonds.received),
    ):
        more = f" … +{len(firms) - FIRMS}" if len(firms) > FIRMS else ""
        table.add_row(label, (", ".join(firms[:FIRMS]) or "–") + more)
    for owner in bonds.owners[:FIRMS]:
        ways = "; ".join(" > ".join(path[1:-1]) for path in owner.paths if len(path) > 2)
        table.add_row("owner 持股人", f"{owner.owner} {owner.share:.2%}" + (f", through 经由 {ways}" if ways else ""))
    table.add_row("guarantees lead to 担保链可及", f"{bonds.reach} firms 家")
    table.add_row("nearest firm in trouble 最近风险企业", near)
    out.print(table)


def show_check(found: Checked) -> None:
    """Facts side by side with verdicts, trust with its parts, signs with their evidence, what was not read."""
    score = f"{found.trust:.1f} of 100" if found.trust is not None else "–"
    out.print(f"[bold]{found.firm}[/bold]  trust 可信度 {score}, as of 截至 {found.as_of}", highlight=False)
    out.print(f"  {found.says.en}\n  {found.says.zh}", highlight=False)
    for name, part in found.parts.items():
        out.print(f"  {part:5.0%}  {_both(PART_WORDS[name])}", highlight=False)
    table = Table("compared 比对", "one source 来源一", "another 来源二", "ratio 比值", "allowed 容差", "verdict 结论")
    told_of = [one for one in found.compared if one.verdict is not Verdict.CANNOT_TELL]
    for one in told_of:
        verdict = f"{one.words.en}\n{one.words.zh}"
        ratio = f"{one.ratio:.2f}" if one.ratio is not None else "–"
        ratio += "\ngrowth 增速" if one.growth else ""
        table.add_row(
            f"{one.label.en}\n{one.label.zh}", _left(one), _amount(one.right, one.right_amount, one.right_unit),
            ratio + (f"\n+{one.lag} mo. 月" if one.lag else ""), f"{one.low:g} – {one.high:g}",
            f"[red]{verdict}[/red]" if one.verdict is Verdict.DIFFER else verdict,
        )  # fmt: skip
    out.print(table if told_of else "Nothing can be compared on that day. 当日没有可比对的数据。")
    if silent := [_both(one.label) for one in found.compared if one.verdict is Verdict.CANNOT_TELL]:
        out.print(f"  cannot be compared 无法比对: {'; '.join(silent)}", highlight=False)
    for one in told_of:
        if one.verdict is Verdict.DIFFER:
            out.print(f"  {one.label.en}: would be settled by {one.settles.en}", highlight=False)
            out.print(f"  {one.label.zh}：核实依据 {one.settles.zh}", highlight=False)
    _show_facts(found)
    for sign in found.signs:
        looks, evidence = DETECTORS[sign.kind], told(sign.evidence)
        out.print(f"  [bold]{_both(looks.label)}[/bold] ({sign.strength:.2f})", highlight=False)
        out.print(f"    {looks.looks_for.en}: {evidence.en}; would be settled by {looks.settles.en}", highlight=False)
        out.print(f"    {looks.looks_for.zh}：{evidence.zh}；核实依据：{looks.settles.zh}", highlight=False)
    for channel, why in found.not_read.items():
        out.print(f"  not read 未读取: {_both(CHANNELS[channel].label)}: {why}", highlight=False)


def _show_facts(found: Checked) -> None:
    if not found.facts:
        return
    heads = ("says 数值", "source 来源", "right 可靠", "newest 最新", "months 月数", "agree 相符", "trust 可信")
    table = Table(Column("fact 事实", overflow="fold"), *heads, title="What is said 各项事实")
    for one in found.facts:
        number = one.amount / 100 if one.unit == "fen" else one.amount
        source = "the owner 企业主" if one.channel == "owner" else _both(CHANNELS[one.channel].label)
        table.add_row(
            _both(one.label), f"{number:,.0f} {UNITS[one.unit].en}", source, f"{one.reliability:.0%}", str(one.newest),
            str(one.months), f"{one.agree} of {one.agree + one.differ}", f"{one.trust:.0f}",
        )  # fmt: skip
    out.print(table)


def show_doubts(cases: Sequence[Case]) -> None:
    """Cases that wait for a person, and how to rule on one."""
    if not cases:
        out.print("Nothing is doubtful. 没有存疑身份。")
        return
    table = Table("case 编号", "doubt 疑点", "firm 企业", "other 另一方", "chance 概率", "evidence 依据")
    for case in cases:
        doubt = word(DOUBTS, case.kind)
        chance = f"{case.probability:.1%}" if case.probability is not None else "–"
        evidence = "\n".join(f"{name}: {value}" for name, value in case.evidence.items() if value is not None)
        other = case.other or (f"record 记录 {case.record}" if case.record else "–")
        table.add_row(str(case.id), f"{doubt.en}\n{doubt.zh}", case.enterprise, other, chance, evidence)
    out.print(table)
    out.print(
        "Rule on one: puhui identity rule CASE --same or --two --because WHY  裁定其一，写明理由", highlight=False
    )


def _left(one: Compared) -> str:
    said = _amount(one.left, one.left_amount, one.unit)
    if one.besides is None or not one.besides_amount:
        return said
    return f"{said}\n+ up to 至多 {_amount(one.besides, one.besides_amount, one.unit)}"


def _amount(of: Label, amount: float, unit: str) -> str:
    number = amount / 100 if unit == "fen" else amount
    return f"{of.en} {of.zh}\n{number:,.0f} {UNITS[unit].en}"


def _both(label: Label) -> str:
    return label.en if label.en == label.zh else f"{label.en} {label.zh}"
