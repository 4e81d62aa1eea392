"""The units that variables are told in, each in both languages."""

from __future__ import annotations

from puhui.words import Label

YUAN = Label("yuan", "元")
YUAN_A_MONTH = Label("yuan a month", "元/月")
PERCENT = Label("%", "%")
PERCENT_POINTS = Label("% points", "个百分点")
PERCENT_A_MONTH = Label("% a month", "%/月")
TIMES = Label("times", "倍")
DAYS = Label("days", "天")
MONTHS = Label("months", "个月")
YEARS = Label("years", "年")
INVOICES = Label("invoices", "张")
PARTNERS = Label("partners", "家")
BUYERS = Label("buyers", "家")
SUPPLIERS = Label("suppliers", "家")

SHARE = Label("0 to 1", "0至1")
CORRELATION = Label("−1 to 1", "−1至1")
SCALES = (SHARE, CORRELATION)  # a range, not something to say after a number
