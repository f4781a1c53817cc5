"""Readings of the commonest Chinese family names and of the characters of the given names that stand in for real ones.

Family names are in the order of frequency; given names are read character by character.
"""

from __future__ import annotations

import re

_FAMILY = """
王wang李li张zhang刘liu陈chen杨yang黄huang吴wu赵zhao周zhou徐xu孙sun马ma朱zhu胡hu林lin郭guo何he高gao罗luo郑zheng梁liang谢xie
宋song唐tang许xu邓deng冯feng韩han曹cao曾zeng彭peng萧xiao蔡cai潘pan田tian董dong袁yuan于yu余yu叶ye蒋jiang杜du苏su魏wei程cheng
吕lyu丁ding沈shen任ren姚yao卢lu傅fu钟zhong姜jiang崔cui谭tan廖liao范fan汪wang陆lu金jin石shi戴dai贾jia韦wei夏xia邱qiu方fang
侯hou邹zou熊xiong孟meng秦qin白bai江jiang阎yan薛xue尹yin段duan雷lei黎li史shi龙long陶tao贺he顾gu毛mao郝hao龚gong邵shao万wan
钱qian严yan赖lai覃qin洪hong武wu莫mo孔kong汤tang向xiang常chang温wen康kang施shi文wen牛niu樊fan葛ge邢xing安an齐qi易yi乔qiao
伍wu庞pang颜yan倪ni庄zhuang聂nie章zhang鲁lu岳yue翟zhai殷yin詹zhan申shen欧ou耿geng
"""
_GIVEN = """
东dong丹dan丽li云yun亮liang伟wei佳jia俊jun倩qian健jian兰lan兵bing军jun冬dong凤feng凯kai刚gang利li勇yong华hua博bo国guo坤kun
娜na娟juan婷ting宁ning宇yu小xiao岩yan峰feng帅shuai帆fan平ping建jian强qiang彬bin志zhi想xiang慧hui成cheng敏min文wen斌bin旭xu
明ming春chun晨chen晶jing杨yang杰jie林lin柳liu桂gui梅mei楠nan欢huan欣xin波bo洁jie洋yang浩hao海hai涛tao淑shu燕yan玉yu玲ling
珍zhen琳lin琴qin瑜yu瑞rui璐lu畅chang磊lei秀xiu红hong艳yan芝zhi花hua芳fang英ying荣rong莉li莹ying萍ping超chao辉hui金jin鑫xin
阳yang雪xue雷lei霞xia静jing颖ying飞fei香xiang鹏peng龙long
"""


def _table(text: str) -> dict[str, str]:
    return dict(re.findall(r"(\w)([a-z]+)", text))


_READINGS = {"last_name": _table(_FAMILY), "first_name_female": _table(_GIVEN), "first_name_male": _table(_GIVEN)}


def reading(name: str, what: str) -> str:
    """A name in small Latin letters without tones; empty where a character has no reading here."""
    readings = _READINGS.get(what, {})
    return "".join(readings[char] for char in name) if all(char in readings for char in name) else ""
