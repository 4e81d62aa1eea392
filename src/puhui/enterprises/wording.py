"""Words for what the room says of identities: why a record is a firm's, what is doubtful, what was done about it."""

from __future__ import annotations

from puhui.words import Label

STATED: dict[str, Label] = {  # kinds of statements of the registry
    "identity": Label("Registered", "设立"),
    "representative": Label("Legal representative", "法定代表人"),
    "shareholder": Label("Shareholder", "股东"),
    "change": Label("Change", "变更"),
    "abnormal": Label("Listed as abnormal", "列入经营异常名录"),
    "restored": Label("Removed from the abnormal list", "移出经营异常名录"),
}
DOUBTS: dict[str, Label] = {
    "likely_same": Label("alike, but not enough", "相似但不足以认定"),
    "either_of_two": Label("as like one firm as another", "与两家企业同样相似"),
    "would_merge": Label("two known firms look like one", "两家已知企业疑为同一家"),
    "weak_chain": Label("one resemblance would join two groups", "仅凭一处相似将合并两组"),
    "two_firms_one_code": Label("nothing but the code agrees", "仅代码一致"),
    "one_firm_two_codes": Label("a source gives one firm two codes", "同一企业出现两个代码"),
    "wrong_check_digit": Label("the code cannot be right", "代码校验位错误"),
}
LINKED_BY: dict[str, Label] = {
    "code": Label("credit code", "统一社会信用代码"),
    "own_code": Label("the source's own code", "来源自有编码"),
    "same_record": Label("the same record before", "此前同一记录"),
    "likeness": Label("likeness", "信息相似"),
    "alone": Label("nothing: a firm of its own", "无关联，单独成户"),
}
ACTS: dict[str, Label] = {
    "merge": Label("merged with", "合并"),
    "split": Label("split off", "拆分"),
    "undo": Label("undone", "撤销"),
}
EVIDENCE: dict[str, Label] = {  # parts of what speaks for and against a doubtful pair
    "code": Label("the code that was said", "所报代码"),
    "agree": Label("agree in", "一致项"),
    "differ": Label("differ in", "不一致项"),
    "names": Label("called", "名称"),
}
COMPARED: dict[str, Label] = {
    "name": Label("name", "名称"),
    "region": Label("region", "地区"),
    "street": Label("street", "街道"),
    "phone": Label("phone", "电话"),
    "person": Label("person", "联系人"),
    "code_any": Label("code", "代码"),
}
SCHEMES: dict[str, Label] = {"uscc": Label("credit code", "统一社会信用代码")}


def word(of: dict[str, Label], name: str) -> Label:
    """The words for a name; the name itself where nobody has put it into words, such as a source's own."""
    return of.get(name, Label(name, name))
