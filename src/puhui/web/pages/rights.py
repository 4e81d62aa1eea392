"""Who may do what: the one table of rights, as it stands in the house, for whoever keeps or looks after users."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from puhui.documents.blocks import Tag, Tone
from puhui.governance.access import MAY, WORDS, Act, Role
from puhui.web import tables
from puhui.words import Label

ACTS: Mapping[Act, Label] = {
    Act.VISIT: Label("Visit the open pages", "访问公开页面"),
    Act.KEEP_ACCOUNT: Label("Keep one's own account", "管理本人账户"),
    Act.SEE_OVERVIEW: Label("See the overview", "查看总览"),
    Act.SEE_CHANNELS: Label("See channels and deliveries", "查看渠道与交付"),
    Act.DELIVER: Label("Deliver files", "交付文件"),
    Act.SEE_QUARANTINE: Label("See quarantined rows", "查看隔离行"),
    Act.MEND: Label("Mend a quarantined row", "修复隔离行"),
    Act.SEE_CONSENTS: Label("See consents", "查看授权"),
    Act.GIVE_CONSENT: Label("Give and withdraw consent", "授予和撤回授权"),
    Act.SEE_AUDIT: Label("See the audit chain", "查看审计链"),
    Act.KEEP_KEYS: Label("Keep the keys", "管理密钥"),
    Act.ERASE: Label("Erase a firm's data", "删除企业数据"),
    Act.HOLD_DATA: Label("Hold data against erasure", "留存数据"),
    Act.COPY_DATA: Label("Make a copy of a firm's data", "导出企业数据"),
    Act.SEE_PROPOSALS: Label("See proposals", "查看复核事项"),
    Act.MANAGE_USERS: Label("Add and change users", "管理用户"),
    Act.PROVE_CONTROL: Label("Prove control of a firm", "核实企业控制权"),
    Act.MANAGE_WEBHOOKS: Label("Keep webhooks", "管理回调"),
    Act.SEE_FIRM: Label("See an enterprise file", "查看企业档案"),
    Act.SEE_DOUBTS: Label("See doubtful identities", "查看存疑身份"),
    Act.RULE_ON_FIRMS: Label("Rule on identities", "裁定身份"),
    Act.LINK_FIRMS: Label("Link records to firms", "关联企业记录"),
    Act.SEE_VARIABLES: Label("See variables and models", "查看变量与模型"),
    Act.COMPUTE_VARIABLES: Label("Work variables out", "计算变量"),
    Act.PROPOSE_VARIABLE: Label("Propose a variable", "提出变量"),
    Act.APPROVE_VARIABLE: Label("Agree to a variable", "复核变量"),
    Act.USE_MODELS: Label("Use models", "使用模型"),
    Act.PROPOSE_MODEL: Label("Propose a model", "提出模型"),
    Act.APPROVE_MODEL: Label("Agree to a model", "复核模型"),
    Act.SEE_PRODUCTS: Label("See products", "查看产品"),
    Act.DRAFT_PRODUCT: Label("Draft a product", "起草产品"),
    Act.PROPOSE_PRODUCT: Label("Propose a product", "提出产品"),
    Act.APPROVE_PRODUCT: Label("Agree to a product", "复核产品"),
    Act.RUN_STRATEGY: Label("Run the credit strategy", "运行信贷策略"),
    Act.SEE_SECURITY: Label("See security", "查看担保"),
    Act.PROPOSE_SECURITY: Label("Propose security of a line", "提出额度担保"),
    Act.APPROVE_SECURITY: Label("Agree to security of a line", "复核额度担保"),
    Act.SEE_EXPOSURE: Label("See exposure and lines", "查看敞口与额度"),
    Act.PROPOSE_CAP: Label("Propose a cap", "提出限额"),
    Act.APPROVE_CAP: Label("Agree to a cap", "复核限额"),
    Act.APPLY: Label("Apply for credit", "申请贷款"),
    Act.SEE_APPLICATION: Label("See an application", "查看申请"),
    Act.ASK_FOR_PERSON: Label("Ask for a person", "要求人工复审"),
    Act.AGREE: Label("Agree to a contract", "签署合同"),
    Act.SEE_QUEUE: Label("See the referrals", "查看待审件"),
    Act.SEE_EVIDENCE: Label("See a decision's evidence", "查看决策证据"),
    Act.DECIDE_REFERRED: Label("Decide a referred application", "审批转人工申请"),
    Act.PROPOSE_OVERRIDE: Label("Propose an override", "提出推翻决策"),
    Act.APPROVE_OVERRIDE: Label("Agree to an override", "复核推翻决策"),
    Act.REPLAY: Label("Replay a decision", "重放决策"),
    Act.SEE_FACILITY: Label("See a line", "查看额度"),
    Act.DRAW: Label("Draw", "支用"),
    Act.REPAY: Label("Repay", "还款"),
    Act.CLOSE_FACILITY: Label("Close a line", "关闭额度"),
    Act.FREEZE: Label("Freeze and thaw a line", "冻结与解冻额度"),
    Act.CHANGE_TERMS: Label("Change a line's terms", "变更额度条款"),
    Act.PROPOSE_WRITE_OFF: Label("Propose a write-off", "提出核销"),
    Act.APPROVE_WRITE_OFF: Label("Agree to a write-off", "复核核销"),
    Act.RECOVER: Label("Allocate payments, recover", "认领款项与清收"),
    Act.CLOSE_DAY: Label("Close the day", "日终关账"),
    Act.SEE_BOOK: Label("See the ledger", "查看总账"),
    Act.COMPUTE_SCHEDULE: Label("Work a schedule out", "试算还款计划"),
    Act.RUN_HOUSE: Label("Run the house", "运维系统"),
    Act.SIMULATE: Label("Simulate a bank", "模拟银行"),
}
assert ACTS.keys() == set(Act), f"without words: {set(Act) - ACTS.keys()}"
YES = Tag(Label("may", "可"), Tone.GOOD)


def _column(role: Role) -> tables.Column[Act]:
    return tables.Column[Act](str(role), WORDS[role], lambda act: YES if role in MAY[act] else None, sorts=False)


COLUMNS = (tables.Column[Act]("act", Label("Act", "事项"), lambda act: ACTS[act], wide=True), *map(_column, Role))
TABLE = tables.Table(
    Label("Who may do what", "角色权限表"),
    COLUMNS,
    hint=Label("The same table holds pages, terminal and API to it.", "页面、终端与接口均受同一张表约束。"),
)


@require_safe
def rights(request: HttpRequest) -> HttpResponse:
    """Each act, and the roles that may do it."""
    return tables.answer(request, "desk/rights.html", {}, rights=(TABLE, tables.Listed(list(Act), COLUMNS)))
