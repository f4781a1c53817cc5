"""What columns of personal identifiers are called, in European languages and in Chinese, Japanese and Korean."""

from __future__ import annotations

import re

from synth.data.columns import Pii
from synth.data.pii.finding import Hint
from synth.data.pii.words import fold

_PLAIN: tuple[tuple[Pii, str], ...] = (
    (Pii.EMAIL, r"e ?mails?( address| addr| id)?|mail( address)?|courriel|correo( electronico)?|e ?posta|sahkoposti"
     r"|邮箱|电子邮[件箱]|邮件地址|電子郵件|メール(アドレス)?|이메일"),
    (Pii.IP_ADDRESS, r"(client |source |src |dest |destination |dst |remote |server |host |user )?i ?p( ?v ?[46])?"
     r"( ?addr(ess)?)?|ip ?地址"),
    (Pii.IBAN, r"iban|international bank account( number)?|iban (no|number|code)"),
    (Pii.CARD_NUMBER, r"(credit|debit|bank|payment|cc) ?(card)? ?(no|nr|num|number|pan)?|card ?(no|nr|num|number|pan)"
     r"|(信用|银行)卡号?码?|卡号|kartennummer|numero (de )?(carte|tarjeta)|numero carta"),
    (Pii.CN_RESIDENT_ID, r"(居民)?身份证(件)?(号码?)?|身分證(字號)?|证件号码?|(chinese |cn )?resident id( card| no| number)?"),
    (Pii.NATIONAL_ID, r"ssn|social security( ?(no|num|number))?|sin|itin|nino|national insurance( ?(no|number))?"
     r"|nhs ?(no|number)|dni|nie|nif|cpf|pesel|nir|bsn|aadhaar|personnummer|personnr|fodselsnummer|cpr|hetu"
     r"|codice fiscale|curp|rrn|tckn|tc kimlik( no)?|egn|cnp|rodne cislo|insee|tax id|steuer ?id(nummer)?"
     r"|sozialversicherungsnummer|passport( ?(no|num|number))?|national ?(id|identity)( ?(no|number|card))?"
     r"|(personal|identity|identification) ?(code|no|number)|id ?card( ?(no|number))?|護照|护照(号码?)?|マイナンバー|주민등록번호"),
    (Pii.PHONE, r"((tele)?phone|tel|mobile|cell|fax|handy|gsm|msisdn)( ?(phone|tel))?( ?(no|nr|num|number))?s?\d?"
     r"|telefon\w*|telefax|celular|movil|cellulare|portable|numero (de )?telephone|puhelin|τηλεφωνο|телефон"
     r"|.*(手机|电话|电話|電話|手機|传真|傳真)(号码?|號碼)?|携帯(電話)?(番号)?|전화(번호)?|휴대폰"),
    (Pii.USER_NAME, r"(user|login|screen|nick|account) ?name|user|login|nick|username|handle|benutzername|pseudo"
     r"|nom d utilisateur|(nombre de )?usuario|用户名|用戶名|昵称|账号|ユーザー名"),
    (Pii.GIVEN_NAME, r"(first|given|fore|middle|christian) ?names?|f ?name|vor ?name|prenoms?|nombres|primeiro nome"
     r"|imie|imiona|fornavn|fornamn|voornaam|etunimi|keresztnev|jmeno|krstne meno|prenume|имя|όνομα|名"),
    (Pii.FAMILY_NAME, r"(last|family|sur) ?names?|l ?name|surname|nach ?name|familien ?name|nom( de famille)?"
     r"|apellidos?( paterno| materno| \d)?|cognome|sobrenome|apelido|nazwisko|etternavn|efternavn|efternamn|achternaam"
     r"|sukunimi|vezeteknev|prijmeni|priezvisko|nume|фамилия|прізвище|επωνυμο|姓氏?|苗字"),
    (Pii.PERSON_NAME, r"full ?name|whole ?name|person ?name|(patient|customer|client|employee|student|teacher|contact|holder"
     r"|account holder|card ?holder|owner|member|applicant|borrower|doctor|physician|driver|passenger|guest|author|agent"
     r"|director|manager|recipient|beneficiary|insured|buyer|seller|tenant|user full|contact person|next of kin)"
     r"( full)? ?name|nombre completo|nom complet|nome completo|vollstandiger name|imie i nazwisko|фио|.*姓名|联系人"
     r"|聯絡人|收件人|氏名|성명|이름"),
    (Pii.ADDRESS, r"(street|postal|mailing|home|billing|shipping|residential|delivery)? ?(address|addr)( ?line)?( ?\d)?"
     r"|street|anschrift|adresse( \d)?|strasse|straße|direccion|domicilio|indirizzo|endereco|adres|adress|osoite|cim"
     r"|lakcim|адрес|διευθυνση|.*(地址|住址)|住所|주소"),
)  # fmt: skip
"""Names that mean one kind, each matched against a whole name or its last words; earlier kinds go first."""

_VAGUE: tuple[tuple[Pii, str], ...] = (
    (Pii.PERSON_NAME, r"names?|nome|nombre|navn|namn|naam|nimi|nev|isim|nama|ten|ονομα|contact|person|patient|customer"
     r"|client|employee|owner|holder|doctor|physician|manager|author|driver|passenger|guest|recipient|student|teacher"
     r"|agent|kunde|patienten?|mitarbeiter|cliente|客户|患者|员工|学生|医生|司机|客戶"),
)  # fmt: skip
"""Names that often mean a kind, and as often something else."""

_AGAINST = re.compile(
    r"\b(city|town|village|state|country|county|region|district|province|company|companies|firm|employer|product|item"
    r"|brand|category|genre|album|track|song|file|filename|host|hostname|domain|job|occupation|profession|title|school"
    r"|university|bank|hotel|airport|airline|carrier|team|event|colou?r|species|clinic|hospital|department|dept|store|shop"
    r"|zip|zipcode|postcode|postal|plz|price|amount|timestamp|date|year|month|time|count|quantity|latitude|longitude|mac"
    r"|url|stadt|land|ville|pays|ciudad|pais|citta|cidade|estado)\b"
    r"|城市|省份?$|国家|公司|产品|商品|品牌|类别|区县|银行名|学校|医院|日期|时间|金额|价格|邮编",
)
"""Words of names that mean something else than a person or a phone."""


def hint_of(name: str) -> Hint:
    """What a column's name says.

    >>> hint_of("FirstName").kind, hint_of("clinic_name").kind, hint_of("e-mail").is_plain
    (<Pii.GIVEN_NAME: 'given_name'>, None, True)
    """
    words = _apart(name)
    for kind, pattern in _PLAIN:
        if re.fullmatch(rf"(?:.*\s)?(?:{pattern})", words) and not _is_other(kind, words):
            return Hint(kind, is_plain=True)
    for kind, pattern in _VAGUE:
        if re.fullmatch(pattern, words):
            return Hint(kind)
    return Hint(is_against=_AGAINST.search(words) is not None)


def _apart(name: str) -> str:
    """Words of a name in lower case without accents, a space between them: "FirstName" and "first_name" meet."""
    spaced = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r"[\W_]+", " ", fold(spaced)).strip()


def _is_other(kind: Pii, words: str) -> bool:
    """True where another word takes the meaning away: a company's address is no person's name, "mac address" no street."""
    if kind is Pii.ADDRESS:
        return re.search(r"\b(mac|web|url|wallet|bitcoin|memory|e ?mail|ip|block|contract)\b", words) is not None
    person = (Pii.PERSON_NAME, Pii.GIVEN_NAME, Pii.FAMILY_NAME)
    return kind in person and _AGAINST.search(words) is not None
