"""What the names in records and proposals are called: the keys of what was written, and the acts of the audit chain.

Promises a name for every key: one without words here goes by its own, with spaces. Refuses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from puhui.governance.erasing import WORDS as KEEPING
from puhui.governance.purposes import WORDS as PURPOSES
from puhui.governance.purposes import Purpose
from puhui.money import Money
from puhui.words import Label

KEYS = {
    "act": Label("act", "事项"),
    "after": Label("after", "之后"),
    "all": Label("digest of the firms", "企业摘要"),
    "amount_fen": Label("amount", "金额"),
    "as_of": Label("as of", "截至"),
    "asked": Label("asked for", "申请金额"),
    "basis": Label("basis", "依据"),
    "borrower": Label("borrower", "借款企业"),
    "branch": Label("branch", "机构"),
    "cap": Label("cap", "担保限额"),
    "case": Label("case", "人工审批"),
    "channel": Label("channel", "渠道"),
    "channels": Label("channels", "渠道"),
    "content": Label("content", "内容"),
    "counter": Label("counter-guarantee", "反担保"),
    "counts": Label("counts", "计入口径"),
    "decision": Label("decision", "决策"),
    "document": Label("document", "文件"),
    "evidence": Label("evidence", "证据"),
    "facility": Label("line", "额度"),
    "file": Label("file", "文件"),
    "firm": Label("firm", "企业"),
    "firms": Label("firms", "企业数"),
    "first": Label("first firms", "前几家企业"),
    "from": Label("from", "自"),
    "guaranteed_elsewhere": Label("guaranteed elsewhere", "对外担保"),
    "guarantor": Label("guarantor", "保证人"),
    "guarantor_kind": Label("kind of guarantor", "保证人类别"),
    "identity": Label("title", "权属证明"),
    "joint": Label("jointly and severally", "连带责任"),
    "kind": Label("kind", "类别"),
    "limit_fen": Label("limit", "额度"),
    "live": Label("live", "上线"),
    "model": Label("model", "模型"),
    "name": Label("name", "名称"),
    "net_worth": Label("net worth", "净资产"),
    "number": Label("number", "编号"),
    "of": Label("of", "主体"),
    "on": Label("on", "日期"),
    "outcome": Label("outcome", "结果"),
    "owes": Label("owes", "负债"),
    "owner": Label("owner", "所有人"),
    "product": Label("product", "产品"),
    "proposal": Label("proposal", "复核事项"),
    "proposed_by": Label("proposed by", "提出人"),
    "purpose": Label("purpose", "用途"),
    "rate_bp": Label("annual rate, basis points", "年利率（基点）"),
    "reason": Label("reason", "理由"),
    "reference": Label("reference", "关联"),
    "role": Label("role", "角色"),
    "rows": Label("rows", "行数"),
    "rows_at_most": Label("rows at most", "至多行数"),
    "scope": Label("scope", "范围"),
    "sha256": Label("SHA-256", "SHA-256"),
    "share": Label("share of firms", "适用企业占比"),
    "sight": Label("people seen as", "个人信息可见程度"),
    "since": Label("since", "自"),
    "source": Label("source", "来源"),
    "status": Label("status", "状态"),
    "turn": Label("whose turn", "追偿顺序"),
    "until": Label("until", "至"),
    "values": Label("values", "变量值数"),
    "version": Label("version", "版本"),
    "why": Label("why", "理由"),
}
ACTS = {
    "add user": Label("user added", "新增用户"),
    "agree": Label("proposal agreed to", "同意复核事项"),
    "agree to contract": Label("contract agreed to", "签署合同"),
    "application agreed": Label("application: agreed", "申请：已签约"),
    "application consented": Label("application: consented", "申请：已授权"),
    "application decided": Label("application: decided", "申请：已决定"),
    "application drafted": Label("application: begun", "申请：已填写"),
    "application offered": Label("application: offer made", "申请：已发要约"),
    "application opened": Label("application: line open", "申请：额度已开立"),
    "application pulling": Label("application: data fetched", "申请：获取数据"),
    "application withdrawn": Label("application: withdrawn", "申请：已撤回"),
    "control proven": Label("control of the firm proven", "核实企业控制权"),
    "decide": Label("decision", "作出决策"),
    "deliver": Label("delivery", "数据交付"),
    "grant": Label("right to read given", "授予读取权"),
    "hold": Label("data held", "数据留存"),
    "install product": Label("product installed", "产品入库"),
    "issue token": Label("token issued", "发放令牌"),
    "keep model": Label("model kept", "模型入库"),
    "keep paper": Label("paper kept", "文件入库"),
    "look": Label("look at raw rows", "查看原始行"),
    "model role": Label("role of a model", "模型角色"),
    "open case": Label("case opened", "转人工"),
    "paper issued": Label("paper issued", "出具文件"),
    "propose": Label("proposal", "提出复核事项"),
    "read": Label("data read", "读取数据"),
    "read paper": Label("paper read", "调阅文件"),
    "regroup": Label("groups worked out anew", "重算集团"),
    "release": Label("data let go", "解除留存"),
    "revoke token": Label("token revoked", "撤销令牌"),
    "sign": Label("signature", "电子签名"),
    "watch security": Label("security looked over", "担保巡检"),
    "strategy": Label("strategy run", "运行信贷策略"),
    "withdraw": Label("consent withdrawn", "撤回授权"),
}
KEPT_FOR = {said.en: said for said in KEEPING.values()}  # a refusal to erase gives its reason in English
MONEY = frozenset({"amount_fen", "limit_fen", "cap", "net_worth", "owes", "guaranteed_elsewhere", "asked"})
DIGEST, SHOWN = 64, 12  # letters of a digest, and how many of them are shown
FEW = 3  # of a list, shown


def called(key: str) -> Label:
    """A key in both languages; of a path each part."""
    parts = [KEYS.get(part, Label(part.replace("_", " "), part.replace("_", " "))) for part in key.split(" · ")]
    return Label(" · ".join(part.en for part in parts), " · ".join(part.zh for part in parts))


def written(key: str, value: Any) -> Label:  # noqa: ANN401  whatever JSON holds
    """A value as people write it: money in yuan, a purpose in words, a digest by its beginning.

    >>> written("amount_fen", 120000000).en, written("sha256", "ab" * 32).en, written("joint", False).zh
    ('1,200,000.00 yuan', 'abababababab…', '否')
    """
    name = key.rsplit(" · ", maxsplit=1)[-1]
    if isinstance(value, bool):
        return Label("yes", "是") if value else Label("no", "否")
    if isinstance(value, int) and name in MONEY:
        return Label(f"{Money(value).yuan:,.2f} yuan", f"{Money(value).yuan:,.2f} 元")
    if isinstance(value, list):
        return _same((", ".join(str(each) for each in value[:FEW]) or "–") + (" …" if len(value) > FEW else ""))
    text = "–" if value is None or value == "" else str(value)
    if name == "purpose" and text in set(Purpose):
        return PURPOSES[Purpose(text)]
    if name == "reason" and text in KEPT_FOR:
        return KEPT_FOR[text]
    return _same(f"{text[:SHOWN]}…" if len(text) == DIGEST and text.isalnum() else text)


def told(facts: Mapping[str, Any]) -> Label:
    """All facts of a record in one line."""
    said = [(called(key), written(key, value)) for key, value in facts.items()]
    return Label(
        " · ".join(f"{key.en} {value.en}" for key, value in said),
        " · ".join(f"{key.zh} {value.zh}" for key, value in said),
    )


def _same(text: str) -> Label:
    return Label(text or "–", text or "–")
