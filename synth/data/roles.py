"""What a column is for and in which unit, as its name says in English, Chinese and some other languages."""

from __future__ import annotations

import re

from synth.data.metadata import ColumnType, Guess, Role

_QUASI = (
    r"age|alter|sex|gender|geschlecht|sexe|sexo|genero|birth ?(date|day|year)?|date of birth|dob|geburtsdatum"
    r"|zip( ?code)?|post(al)? ?code|plz|race|ethnic(ity)?|nationality|native country|citizenship( status)?"
    r"|marital( status)?|relationship|occupation|job|profession|education|religion|city|town|district"
    r"|county|municipality|region|state|country|latitude|longitude|lat|lon|lng|household size"
    r"|年龄|性别|出生日期|出生年月|邮编|民族|国籍|婚姻状况|职业|学历|城市|区县|籍贯|住址"
)
_SENSITIVE = (
    r"diagnos(is|es|e)?( \d)?|disease|hiv|test result|result|income|salary|wage|earnings|gehalt|einkommen|salaire"
    r"|sueldo|political( .*)?|party|sexual orientation|criminal( .*)?|default( .*)?|credit( score)?|debt|balance"
    r"|loan status|medication|treatment|disability|pregnan(t|cy)|outcome|readmitted"
    r"|诊断|疾病|收入|工资|薪资|信用|违约|检测结果"
)
_QUASI_NAME = re.compile(rf"^({_QUASI})$", re.IGNORECASE)
_SENSITIVE_NAME = re.compile(rf"^({_SENSITIVE})$", re.IGNORECASE)

_UNITS = {
    "kg": "kg", "g": "g", "mg": "mg", "lb": "lb", "lbs": "lb", "km": "km", "m": "m", "cm": "cm", "mm": "mm", "ft": "ft",
    "sqft": "sqft", "m2": "m2", "sqm": "m2", "kwh": "kWh", "wh": "Wh", "mwh": "MWh", "kw": "kW", "kvarh": "kVarh",
    "ms": "ms", "sec": "s", "secs": "s", "seconds": "s", "min": "min", "mins": "min", "minutes": "min", "hrs": "h",
    "hours": "h", "days": "d", "months": "months", "years": "a", "usd": "USD", "eur": "EUR", "cny": "CNY", "rmb": "CNY",
    "gbp": "GBP", "pct": "%", "percent": "%", "celsius": "°C", "fahrenheit": "°F", "kelvin": "K", "k": "K", "c": "°C",
    "f": "°F", "hz": "Hz", "khz": "kHz", "mhz": "MHz", "v": "V", "mv": "mV", "mah": "mAh", "bpm": "bpm", "mmhg": "mmHg",
    "rpm": "rpm", "nm": "Nm", "pa": "Pa", "hpa": "hPa", "kpa": "kPa", "tco2": "tCO2", "mph": "mph", "kmh": "km/h",
    "元": "CNY", "公斤": "kg", "千克": "kg", "厘米": "cm", "米": "m", "岁": "a", "天": "d", "小时": "h", "分钟": "min",
}  # fmt: skip
_SHORT_NEEDS = re.compile(r"(temp|weight|height|dist|length|width|depth|speed|volt|power|press|time|dur|alt)", re.I)
_BRACKETS = re.compile(r"[\(\[（]\s*([^\)\]）]{1,8})\s*[\)\]）]\s*$")
_TAIL = re.compile(r"[_ .]([A-Za-z0-9%]{1,10})$")


def role_of(name: str, type_: ColumnType) -> tuple[Role, Guess] | None:
    """Role by the column's name, or None for a plain feature."""
    words = re.sub(r"[\W_]+", " ", re.sub(r"([a-z])([A-Z])", r"\1 \2", name)).strip()
    if type_ is ColumnType.TEXT:
        return None
    if _QUASI_NAME.match(words):
        return Role.QUASI_IDENTIFIER, Guess(reason="its name is that of a trait that others know", confidence=0.7)
    if _SENSITIVE_NAME.match(words):
        return Role.SECRET, Guess(reason="its name is that of a sensitive trait", confidence=0.6)
    return None


def unit_of(name: str) -> str:
    """The unit at the end of a column's name, or an empty string.

    >>> unit_of("Usage (kWh)"), unit_of("body_weight_kg"), unit_of("plan_c")
    ('kWh', 'kg', '')
    """
    if match := _BRACKETS.search(name):
        return _UNITS.get(match[1].strip().lower(), match[1].strip() if match[1].strip() in {"%", "°C", "°F"} else "")
    if name.endswith("%"):
        return "%"
    match = _TAIL.search(name)
    word = match[1].lower() if match else ""
    if len(word) == 1 and not _SHORT_NEEDS.search(name):
        return ""
    return _UNITS.get(word, "")
