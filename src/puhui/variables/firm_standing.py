"""What the room of enterprises makes of a firm: how far its data can be believed, and what binds it to others.

These numbers rest on several channels and on other firms' rows beside the firm's own, so they are not aggregates of one
channel: the room of enterprises works them out, for one firm as for many, and here they get their names.
"""

from __future__ import annotations

from functools import partial

from puhui.variables import units
from puhui.variables.declarations import Assessed
from puhui.words import Label

FROM_ACCURACY = (
    *("vat_invoices", "tax_filings", "bank_transactions", "pos_settlements", "enterprise_bureau", "registry"),
    *("utilities", "customs", "social_security"),
)
FROM_BONDS = ("registry", "enterprise_bureau")
_trust = partial(Assessed, of="accuracy", channels=FROM_ACCURACY, version=2)
_bonds = partial(Assessed, of="bonds", channels=FROM_BONDS)

ASSESSED = (
    _trust(
        name="firm_trust",
        label=Label("Trust in the firm's data", "企业信息可信度"),
        unit=units.POINTS,
        worse_when="lower",
        why=Label("A score on data that contradict each other is worth nothing.", "互相矛盾的数据无法支撑评分。"),
    ),
    _trust(
        name="firm_contradictions",
        label=Label("Comparisons of its sources that differ", "来源比对不符项数"),
        unit=units.COMPARISONS,
        worse_when="higher",
        why=Label("Each is a question that a document must answer.", "每项不符都须以材料核实。"),
    ),
    _trust(
        name="firm_comparisons",
        label=Label("Comparisons of its sources that could be made", "可比对的来源项数"),
        unit=units.COMPARISONS,
        worse_when=None,
        why=Label("Trust rests on what can be held against something else.", "可信度取决于可相互印证的来源。"),
    ),
    _trust(
        name="firm_fraud_signs",
        label=Label("Signs of fraud to be settled", "待核实的欺诈迹象"),
        unit=units.SIGNS,
        worse_when="higher",
        why=Label("Invented sales and circles of invoices come before a default.", "虚增销售与循环开票常先于违约。"),
    ),
    _bonds(
        name="bonds_group_firms",
        label=Label("Firms under the same control, itself counted", "同一控制下企业数（含本企业）"),
        unit=units.FIRMS,
        worse_when=None,
        why=Label("A group borrows with many names and fails as one.", "集团以多个名义借款，却往往一同出险。"),
    ),
    _bonds(
        name="bonds_group_in_trouble",
        label=Label("Other firms of its group whose loans have failed", "同集团已出险企业数"),
        unit=units.FIRMS,
        worse_when="higher",
        why=Label("Who controls both moves money from the sound firm to the sick one.", "控制人会以健康企业补贴病企。"),
    ),
    _bonds(
        name="bonds_owner_other_firms",
        label=Label("Other firms of its owners and representative", "股东及法定代表人名下其他企业数"),
        unit=units.FIRMS,
        worse_when="higher",
        why=Label("An owner of many firms can leave the debts in one of them.", "名下企业众多者易将债务留于其一。"),
    ),
    _bonds(
        name="bonds_trouble_distance",
        label=Label("Relations to the nearest firm whose loans have failed", "距最近出险企业的关系层数"),
        unit=units.STEPS,
        worse_when="lower",
        why=Label("Trouble runs along owners and guarantees.", "风险沿股权与担保传导。"),
    ),
    _bonds(
        name="bonds_circle_firms",
        label=Label("Firms of its guarantee circle", "互保圈企业数"),
        unit=units.FIRMS,
        worse_when="higher",
        why=Label("In a circle each firm's guarantor is the firm itself.", "互保圈内实为自保。"),
    ),
    _bonds(
        name="bonds_guarantees_given",
        label=Label("Firms that it guarantees", "对外担保企业数"),
        unit=units.FIRMS,
        worse_when="higher",
        why=Label("A guarantee is a debt that comes due on somebody else's bad day.", "担保是他人出险时到期的债务。"),
    ),
    _bonds(
        name="bonds_guarantees_received",
        label=Label("Firms that guarantee it", "为其担保企业数"),
        unit=units.FIRMS,
        worse_when=None,
        why=Label("Others know the firm well enough to stand for it, or must.", "他人愿意或不得不为其担保。"),
    ),
    _bonds(
        name="bonds_guarantee_reach",
        label=Label("Firms that its guarantees lead to, one after another", "担保链可达企业数"),
        unit=units.FIRMS,
        worse_when="higher",
        why=Label("The longer the chain, the more bad days reach the firm.", "担保链越长，受牵连机会越多。"),
    ),
)
