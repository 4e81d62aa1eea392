"""Two writings of one name meet; two names stay two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from puhui.enterprises.chinese import plain
from puhui.enterprises.codes import CodeState, check_digit, holds, read_code
from puhui.enterprises.contacts import address, phone
from puhui.enterprises.names import Form, firm_name, person_name
from puhui.enterprises.places import PREFECTURES
from puhui.national_codes import ALPHABET

BODIES = st.text(ALPHABET, min_size=17, max_size=17)


@given(BODIES)
def test_our_check_digit_is_the_one_that_another_library_computes(body: str) -> None:
    assert check_digit(body) == uscc.calc_check_digit(body)


@given(BODIES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_always_noticed(body: str, place: int, sign: str) -> None:
    code = body + check_digit(body)
    wrong = code[:place] + sign + code[place + 1 :]
    assert holds(wrong) == (wrong == code)


@given(BODIES)
def test_letters_that_look_like_digits_are_put_right_only_when_the_check_digit_agrees(body: str) -> None:
    code = body + check_digit(body)
    slipped = code.replace("0", "O").replace("1", "I").lower()
    read = read_code(f" {slipped[:8]} {slipped[8:]} ")
    assert read.code == code
    assert read.state is (CodeState.VALID if slipped == code.lower() else CodeState.REPAIRED)
    swapped = ALPHABET[(ALPHABET.index(code[-1]) + 1) % 31]
    assert read_code(slipped[:-1] + swapped).sound is False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("成都华盛贸易有限公司", "四川省成都市華盛貿易有限責任公司"),
        ("成都华盛贸易有限公司", "华盛贸易（成都）有限公司"),
        ("成都华盛贸易有限公司", "成都 华盛贸易 有限公司 "),
        ("成都华盛贸易有限公司", "成都华盛贸易公司"),
        ("成都华盛贸易有限公司", "华盛贸易"),
        ("临江市东湖区鑫源餐饮店", "临江市鑫源餐饮店"),
        ("广西壮族自治区南宁市恒达物流有限公司", "南宁恒达物流有限公司"),
        ("华盛（集团）有限公司", "华盛集团有限公司"),
        ("A&B科技（深圳）有限公司", "深圳ＡＢ科技有限公司"),
        ("诚信事务所（普通合伙）", "诚信事务所"),
    ],
)
def test_writings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert firm_name(one).key == firm_name(other).key != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("成都华盛贸易有限公司", "成都华盛贸易有限公司重庆分公司"),
        ("华盛集团有限公司", "华盛有限公司"),
        ("成都华盛贸易有限公司", "成都华盛科技有限公司"),
        ("红旗超市有限公司", "百姓超市有限公司"),
        ("长城汽车修理厂", "长江汽车修理厂"),
    ],
)
def test_two_names_keep_two_keys(one: str, other: str) -> None:
    assert firm_name(one).key != firm_name(other).key


def test_the_same_own_name_in_two_cities_keeps_its_region_apart() -> None:
    one, other = firm_name("成都鑫源商贸有限公司"), firm_name("重庆鑫源商贸有限公司")
    assert (one.key, one.region, other.region) == (other.key, "成都", "重庆")


def test_a_name_that_is_only_a_place_and_a_form_keeps_something() -> None:
    assert firm_name("成都有限公司").key
    assert firm_name("上海公司").key
    assert not firm_name("***有限公司").key
    assert not firm_name("有限公司").key


def test_homophones_and_look_alikes_sound_the_same_or_differ_by_one_sign() -> None:
    assert firm_name("华盛商贸有限公司").sound == firm_name("华胜商贸有限公司").sound
    assert firm_name("章华商贸").sound == firm_name("张华商贸").sound


def test_a_form_is_told_where_the_name_says_it() -> None:
    names = ("某某股份有限公司", "某某（有限合伙）", "某某个体工商户", "某某商行")
    assert [firm_name(name).form for name in names] == [Form.SHARES, Form.PARTNERSHIP, Form.HOUSEHOLD, Form.UNSAID]


@given(st.text(st.characters(codec="gb18030", max_codepoint=0x9FFF, exclude_categories=["Mn", "Lm", "Sk"])))
def test_no_text_breaks_the_reading_and_reading_twice_changes_nothing(text: str) -> None:
    name, where = firm_name(text), address(text)
    assert plain(plain(text)) == plain(text)
    assert isinstance(person_name(text), str)
    assert phone(phone(text)) == phone(text)
    assert isinstance(name.key + where.whole, str)
    read_code(text)


@given(st.sampled_from(PREFECTURES), st.sampled_from(["", "市"]))
def test_a_prefecture_in_front_is_a_region_and_not_part_of_the_key(city: str, ending: str) -> None:
    name = firm_name(f"{city}{ending}鑫源达商贸有限公司")
    assert name.region == city
    assert name.key == "鑫源达商贸"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("四川省成都市武侯区人民南路四段一百二十号3楼301室", "武侯区人民南路4段120号 3楼301"),
        ("临江市东湖区人民路１２号１０１室", "東湖區人民路12號"),
    ],
)
def test_writings_of_one_house_share_a_key(one: str, other: str) -> None:
    assert address(one).key == address(other).key != ""


def test_phones_of_one_line_are_one() -> None:
    assert (
        len({phone(text) for text in ("02885551234", "028-8555 1234", "+86-28-85551234", "（028）85551234转12")}) == 1
    )
    assert phone("13812345678") != phone("13812345679")
