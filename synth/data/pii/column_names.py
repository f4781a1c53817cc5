"""What columns of personal identifiers are called, in Latin and in Chinese script."""

from __future__ import annotations

import re
from collections.abc import Mapping

from synth.data.columns import Pii

NAMES: Mapping[Pii, re.Pattern[str]] = {
    kind: re.compile(rf"^({words})$", re.IGNORECASE)
    for kind, words in {
        Pii.EMAIL: r"(.* )?(e ?mail|mail)( address)?|邮箱|电子邮件|电子邮箱|courriel|correo( electronico)?",
        Pii.PHONE: r"(.* )?(phone|tel|telephone|telefon|telefono|mobile|cell|fax|handy)( ?(no|number|nr|num))?|.*手机.*|.*电话.*|传真",
        Pii.GIVEN_NAME: r"(.* )?(first|given|fore|middle)( ?name)|fname|vorname|prenom|prénom|nombre|imie|imię|名",
        Pii.FAMILY_NAME: r"(.* )?(last|family|sur)( ?name)|lname|surname|nachname|familienname|nom( de famille)?|apellidos?|cognome|nazwisko|姓",
        Pii.PERSON_NAME: r"(.* )?(full name|person|patient name|customer name|employee name|contact( name)?|holder( name)?|name)|姓名|.*联系人|患者姓名|客户姓名|customer|patient|employee|owner|manager|doctor|physician",
        Pii.USER_NAME: r"(user|login|account)( ?(name|id))?|username|nick( ?name)?|用户名|账号|handle",
        Pii.ADDRESS: r"(.* )?(address|addr|street|anschrift|adresse|direccion|dirección|indirizzo|strasse|straße|endereco|endereço)( ?(line)?( \d)?)?|.*地址|住址",
        Pii.CARD_NUMBER: r"(.* )?(card|credit card|cc)( ?(no|number|nr|num))?|银行卡号?|卡号",
        Pii.IBAN: r"(.* )?(iban|bank account|account number)",
        Pii.IP_ADDRESS: r"(.* )?ip( ?(address|addr|v4|v6))?",
        Pii.CN_RESIDENT_ID: r"身份证(号码?)?|(resident|citizen) id|id card( ?no)?",
        Pii.NATIONAL_ID: r"(.* )?(ssn|social security( ?(no|number))?|national id|passport( ?no)?|nino|nhs( ?number)?|dni|nie|cpf|pesel|nir|aadhaar|personnummer|codice fiscale|tax id)",
    }.items()
}  # fmt: skip
"""By kind; matched against the whole name, with its words apart."""
