"""Where every page lies. A new page is one file in `pages/` and one line in `PAGES`."""

from __future__ import annotations

from django.contrib.staticfiles.views import serve
from django.urls import URLPattern, URLResolver, include, path

from puhui.governance.access import Act
from puhui.web import doors, shell, static_files
from puhui.web.api.routes import api
from puhui.web.pages import (
    accuracy,
    applying,
    audit,
    channels,
    decisions,
    deliveries,
    design,
    doubts,
    exposure,
    facilities,
    firm,
    firm_bonds,
    firm_credit,
    firm_exposure,
    firm_relations,
    firm_said,
    firm_variables,
    firms,
    health,
    home,
    ledger,
    models,
    my_data,
    my_drafts,
    my_line,
    my_papers,
    payments,
    people,
    portal,
    products,
    proposals,
    report,
    rights,
    search,
    security,
    variables,
)
from puhui.web.shell import Group, Page
from puhui.words import Label

# fmt: off
PAGES = (
    Page("", "home", Label("Overview", "总览"), home.home, Act.SEE_OVERVIEW, Group.WORK, "home"),
    Page("welcome/", "welcome", Label("Credit for your firm", "企业贷款"), portal.welcome, Act.VISIT),
    Page("my/", "portal", Label("My firm", "我的企业"), portal.portal, Act.PROVE_CONTROL),
    Page("my/firm/", "portal_prove", Label("Your firm", "您的企业"), portal.prove, Act.PROVE_CONTROL),
    Page("my/<str:code>/apply/", "portal_apply", Label("Apply", "申请"), applying.choose, Act.APPLY),
    Page("my/<str:code>/data/", "portal_data", Label("My data", "我的数据"), my_data.data, Act.PROVE_CONTROL),
    Page("my/applications/<str:number>/", "portal_application", Label("Your application", "您的申请"), applying.application, Act.APPLY),
    Page("my/applications/<str:number>/contract/<str:sha256>/", "portal_contract", Label("Contract", "合同"), applying.contract, Act.APPLY),
    Page("my/<str:code>/messages/", "portal_messages", Label("Messages", "消息"), my_papers.letters, Act.PROVE_CONTROL),
    Page("my/lines/<int:number>/", "portal_line", Label("My line", "我的额度"), my_line.line, Act.PROVE_CONTROL),
    Page("queue/", "queue", Label("Referrals", "待审件"), decisions.queue, Act.SEE_QUEUE, Group.WORK, "queue"),
    Page("queue/<int:number>/", "queue_one", Label("Case", "待审件"), decisions.case, Act.SEE_QUEUE),
    Page("applications/", "applications", Label("Applications", "申请"), decisions.applications, Act.SEE_QUEUE, Group.FIRMS, "application"),
    Page("applications/<str:number>/", "applications_one", Label("Application", "申请"), decisions.application, Act.SEE_QUEUE),
    Page("applications/decisions/<int:number>/what-if/", "applications_tried", Label("What if", "假设分析"), decisions.tried, Act.SEE_EVIDENCE),
    Page("products/", "products", Label("Products", "产品"), products.products, Act.SEE_VARIABLES, Group.PRODUCTS, "product"),
    Page("products/<str:name>/", "products_one", Label("Product", "产品"), products.product, Act.SEE_VARIABLES),
    Page("products/<str:name>/studio/", "products_studio", Label("Studio", "产品工坊"), products.studio, Act.SEE_VARIABLES),
    Page("products/<str:name>/studio/simulate/", "products_simulate", Label("Simulator", "模拟器"), products.simulate, Act.DRAFT_PRODUCT),
    Page("proposals/", "proposals", Label("Proposals", "复核事项"), proposals.proposals, Act.SEE_PROPOSALS, Group.WORK, "proposal"),
    Page("proposals/<int:number>/", "proposals_one", Label("Proposal", "复核事项"), proposals.proposal, Act.SEE_PROPOSALS),
    Page("search/", "search", Label("Search", "搜索"), search.search, Act.SEE_OVERVIEW),
    Page("firms/", "firms", Label("Firms", "企业"), firms.firms, Act.SEE_DOUBTS, Group.FIRMS, "firm"),
    Page("firms/<str:code>/", "firms_file", Label("Enterprise file", "企业档案"), firm.overview, Act.SEE_DOUBTS),
    Page("firms/<str:code>/facts/", "firms_facts", Label("Facts side by side", "事实对照"), firm.facts, Act.SEE_DOUBTS),
    Page("firms/<str:code>/data/", "firms_data", Label("Data held", "数据来源"), firm.data, Act.SEE_DOUBTS),
    Page("firms/<str:code>/relations/", "firms_relations", Label("Relations", "关系"), firm_relations.relations, Act.SEE_DOUBTS),
    Page("firms/<str:code>/bonds/", "firms_bonds", Label("Bonds", "股权与担保链"), firm_bonds.bonds, Act.SEE_DOUBTS),
    Page("firms/<str:code>/variables/", "firms_variables", Label("Variables", "变量"), firm_variables.variables, Act.SEE_DOUBTS),
    Page("firms/<str:code>/variables/<str:name>/", "firms_variable", Label("Variable", "变量"), firm_variables.variable, Act.SEE_DOUBTS),
    Page("firms/<str:code>/exposure/", "firms_exposure", Label("Exposure", "敞口"), firm_exposure.exposure, Act.SEE_EXPOSURE),
    Page("firms/<str:code>/exposure/what-if/", "firms_exposure_tried", Label("What if", "假设分析"), firm_exposure.tried, Act.SEE_EXPOSURE),
    Page("firms/<str:code>/security/", "firms_security", Label("Security", "担保"), security.of_firm, Act.SEE_EXPOSURE),
    Page("firms/<str:code>/credit/", "firms_credit", Label("Credit", "授信"), firm_credit.credit, Act.SEE_QUEUE),
    Page("facilities/", "facilities", Label("Lines and loans", "额度与贷款"), facilities.facilities, Act.SEE_EXPOSURE, Group.FIRMS, "facility"),
    Page("facilities/<int:number>/", "facilities_file", Label("Line", "额度"), facilities.facility, Act.SEE_EXPOSURE),
    Page("exposure/", "exposure", Label("Exposure", "敞口"), exposure.exposure, Act.SEE_EXPOSURE, Group.FIRMS, "exposure"),
    Page("security/", "security", Label("Security", "担保"), security.security, Act.SEE_EXPOSURE, Group.FIRMS, "security"),
    Page("security/proposals/<int:number>/", "security_proposal", Label("Proposal", "复核事项"), security.proposal, Act.SEE_EXPOSURE),
    Page("security/<str:subject>/", "security_thing", Label("Thing", "押品"), security.thing, Act.SEE_EXPOSURE),
    Page("models/", "models", Label("Models", "模型"), models.models, Act.SEE_VARIABLES, Group.PRODUCTS, "model"),
    Page("models/<str:product>/<int:number>/", "models_one", Label("Model", "模型"), models.model, Act.SEE_VARIABLES),
    Page("variables/", "variables", Label("Variables", "变量"), variables.variables, Act.SEE_VARIABLES, Group.PRODUCTS, "variable"),
    Page("channels/", "channels", Label("Channels", "数据渠道"), channels.channels, Act.SEE_CHANNELS, Group.DATA, "channel"),
    Page("deliveries/", "deliveries", Label("Deliveries", "数据交付"), deliveries.deliveries, Act.SEE_CHANNELS, Group.DATA, "delivery"),
    Page("deliveries/<str:delivery>/quarantine/", "deliveries_quarantine", Label("Quarantine", "隔离区"), deliveries.quarantine, Act.SEE_QUARANTINE),
    Page("deliveries/<str:delivery>/quarantine/<int:row>/", "deliveries_mend", Label("Mend a row", "修复一行"), deliveries.mend, Act.MEND),
    Page("doubts/", "doubts", Label("Link review", "身份核对"), doubts.doubts, Act.SEE_DOUBTS, Group.DATA, "link"),
    Page("doubts/<int:case>/", "doubts_one", Label("Case", "存疑身份"), doubts.doubt, Act.SEE_DOUBTS),
    Page("accuracy/", "accuracy", Label("Accuracy", "准确性"), accuracy.accuracy, Act.SEE_DOUBTS, Group.DATA, "look"),
    Page("payments/", "payments", Label("Payments", "待认领款项"), payments.payments, Act.SEE_EXPOSURE, Group.BOOKS, "pay"),
    Page("ledger/", "ledger", Label("Ledger", "总账"), ledger.ledger, Act.SEE_BOOK, Group.BOOKS, "ledger"),
    Page("ledger/accounts/", "ledger_accounts", Label("Accounts", "账户"), ledger.accounts, Act.SEE_BOOK),
    Page("ledger/accounts/<int:number>/", "ledger_account", Label("Account", "账户"), ledger.account, Act.SEE_BOOK),
    Page("ledger/acts/<int:number>/", "ledger_act", Label("Act", "业务"), ledger.act, Act.SEE_BOOK),
    Page("people/", "people", Label("Users and authority", "用户与权限"), people.people, Act.MANAGE_USERS, Group.HOUSE, "people"),
    Page("people/rights/", "people_rights", Label("Rights", "权限"), rights.rights, Act.MANAGE_USERS),
    Page("audit/", "audit", Label("Audit chain", "审计链"), audit.audit, Act.SEE_AUDIT, Group.HOUSE, "audit"),
    Page("design/", "design", Label("Design", "设计样式"), design.design, Act.VISIT, Group.HOUSE, "design"),
)
# fmt: on

# Routes that are no page of the menu, and the act that each needs.
BESIDES = {
    "firms_owner_says": Act.LINK_FIRMS,
    "portal_draft": Act.PROVE_CONTROL,
    "portal_statement": Act.PROVE_CONTROL,
    "portal_receipt": Act.PROVE_CONTROL,
    "home_report": Act.SEE_OVERVIEW,
    "home_paper": Act.SEE_OVERVIEW,
    "healthz": Act.VISIT,
    "set_language": Act.VISIT,
    "built": Act.VISIT,
    "static": Act.VISIT,
}

# What the number in an address names: the firm behind it is held against who asks, before the page runs.
ABOUT = {
    "portal_application": "application",
    "portal_contract": "application",
    "portal_line": "facility",
    "portal_statement": "facility",
    "portal_receipt": "facility",
    "queue_one": "case",
    "applications_one": "application",
    "applications_tried": "decision",
    "proposals_one": "proposal",
    "facilities_file": "facility",
    "doubts_one": "doubt",
}

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(page.at, page.view, name=page.name) for page in PAGES),
    path("firms/<str:code>/owner-says/", firm_said.owner_says, name="firms_owner_says"),
    path("my/drafts/<slug:form>/", my_drafts.draft, name="portal_draft"),
    path("my/lines/<int:number>/statement/", my_papers.statement, name="portal_statement"),
    path("my/lines/<int:number>/receipts/<path:sent>/", my_papers.receipt, name="portal_receipt"),
    path("report/", report.paper, name="home_report"),
    path("report/<str:name>", report.paper, name="home_paper"),
    path("healthz", health.healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("static/built/<path:path>", static_files.serve, name="built"),
    path("static/<path:path>", serve, {"insecure": True}, name="static"),
    path("api/v1/", api.urls),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/3rdparty/", include("allauth.socialaccount.urls")),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
]
# Operations of the API hold their own acts against the table, for the token that comes with each call.
doors.declare(dict.fromkeys((name for name, _ in doors.routes(urlpatterns) if name.startswith("api:")), Act.VISIT))
doors.declare({page.name: page.needs for page in PAGES} | BESIDES)
doors.about(ABOUT)
shell.declare(PAGES)
doors.check(urlpatterns)
