"""Signs of fraud, each with evidence that a person can check. Set-based, on DuckDB; rings and circles on rustworkx.

A sign is no proof. Each detector says what it looks for and why; its thresholds are this house's own, dated in
`terms.json`, and how often they find and how often they cry wolf is measured by `puhui bench accuracy`.
"""

from __future__ import annotations

from puhui.enterprises.accuracy.made_up_sales import circular_invoices, hidden_affiliates, inflated_sales
from puhui.enterprises.accuracy.paper_firms import bought_invoices, guarantee_circles, shells, stacked_loans
from puhui.enterprises.accuracy.signs import Detector, Sign
from puhui.words import Label

__all__ = ["DETECTORS", "Detector", "Sign"]

DETECTORS: dict[str, Detector] = {
    "inflated_sales": Detector(
        Label("inflated sales", "虚增销售"),
        Label("invoices jump while the money does not follow", "开票激增而回款未同步增长"),
        Label("payment receipts for the invoices of these months", "相应月份发票的回款凭证"), inflated_sales),
    "circular_invoices": Detector(
        Label("circular invoices", "循环开票"),
        Label(
            "firms invoice each other round, or month after month with hardly any payment",
            "企业间闭环开票，或逐月开票而几无付款",
        ),
        Label("delivery notes and payments along the ring", "闭环各环节的送货单与付款凭证"), circular_invoices),
    "shell": Detector(
        Label("shell", "空壳企业"),
        Label("much is invoiced with no staff and no wages behind it", "大量开票但无员工无工资"),
        Label("a visit to the registered address", "实地走访注册地址"), shells),
    "bought_invoices": Detector(
        Label("bought invoices", "购买发票"),
        Label("purchases from firms that look like shells", "进项来自疑似空壳企业"),
        Label("delivery notes for these purchases", "相应采购的入库单"), bought_invoices),
    "hidden_affiliates": Detector(
        Label("hidden affiliates", "隐性关联"),
        Label(
            "two firms sell to each other month after month with no tie on record", "两家企业逐月互开发票而无登记关联"
        ),
        Label("contracts, and who signs for both", "双方合同及实际签字人"), hidden_affiliates),
    "guarantee_circle": Detector(
        Label("guarantee circle", "互保圈"),
        Label("guarantees that lead back to themselves", "担保链回到自身"),
        Label("the guarantee contracts", "担保合同"), guarantee_circles),
    "stacked_loans": Detector(
        Label("stacked loans", "多头借贷"),
        Label("loans of many lenders within four months", "四个月内多家机构新增借款"),
        Label("a fresh credit bureau report", "最新企业征信报告"), stacked_loans),
}  # fmt: skip
