"""Customers' words about issues that no taxonomy names, among words about everything else: for discovery. All made up here."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import polars as pl

# Each issue: who or what it is about, what is wrong, what is wanted. A customer says one of each, in a frame.
TOPICS: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (("智能音箱", "那个音箱", "送的小音箱", "会说话的音箱", "智能小音箱"),
     ("配网老失败", "连不上配网", "配网配了一晚上都不成", "一配网就报超时", "配网到一半就退出来"),
     ("怎么才能配上网", "教我配一下", "是不是坏的给我换一个", "说明书上的步骤都试过了")),
    (("电子发票", "你们开的电子票", "发票抬头", "公司的电子发票", "网上开的发票"),
     ("抬头写成个人了改不回来", "抬头少了两个字", "税号录错了红冲不了", "抬头改完下载还是旧的", "税号和抬头对不上"),
     ("能不能重开一张", "财务不给报销", "红冲要多久", "帮我把抬头换成公司的")),
    (("亲情网", "家庭共享套餐", "家庭群组", "共享流量的群", "亲情号那个组"),
     ("前夫的号踢不出去", "有个成员一直删不掉", "移除成员提示要对方同意", "退了群还在扣共享的", "成员删了第二天又回来了"),
     ("帮我把那个成员移除", "我是户主都删不了吗", "怎么才能解散这个群", "到底谁能移除成员")),
    (("云盘", "你们的云盘", "手机自动备份的云盘", "和彩云那个盘", "云相册"),
     ("照片同步完不见了", "上传的照片少了好几百张", "同步以后相册空了", "备份的照片全变成灰的", "老照片打不开显示已失效"),
     ("照片能不能找回来", "孩子的照片都在里头", "回收站里也没有", "恢复要找谁")),
    (("家里装的摄像头", "宽带送的摄像头", "看家的那个摄像头", "监控摄像头", "看护摄像头"),
     ("回放打不开", "回放只有一片黑", "看不了昨天的回放", "回放转圈转半天出不来", "回放时间对不上"),
     ("我要看前天的回放", "云存储的钱白交了", "内存卡也换过了", "回放到底存在哪")),
    (("碎屏险", "合约机的碎屏保险", "买手机送的碎屏险", "屏幕险", "手机那个碎屏保障"),
     ("理赔一直说审核中", "理赔说照片不合格", "申请理赔提示不在保", "理赔点了提交没反应", "换屏的钱理赔不下来"),
     ("理赔到底要几天", "屏都碎了你们不认", "保单号查不着", "换屏去哪个网点")),
    (("孩子的电话手表", "小孩手表", "儿童手表", "手表里的副卡", "电话手表那张卡"),
     ("定位老是漂到隔壁区", "定位显示在河里", "定位半天不更新", "定位差了好几公里", "定位停在昨天的学校"),
     ("我就想知道孩子在哪", "定位怎么校准", "换了手表定位还漂", "手表定位不准要紧的")),
    (("学生认证", "校园优惠的认证", "大学生那个认证", "学籍认证", "学生套餐认证"),
     ("学信网验证过不去", "认证到期没提醒就恢复原价了", "认证提示学校不在名单", "重新认证说身份不符", "毕业证上传了认证还失败"),
     ("我还没毕业呢", "认证好了优惠能补吗", "认证要等几天", "帮我人工认证一下")),
    (("邮轮上", "在船上", "坐邮轮的时候", "海上那几天", "邮轮旅游"),
     ("手机自己连了卫星网", "连上海事网络扣了八百", "卫星流量没提示就扣钱", "开了飞行模式还连海事网", "没打电话就产生卫星费"),
     ("卫星费能不能退", "为什么不提醒海事网络", "这个海事资费谁定的", "船上的费用我不认")),
    (("彩铃", "视频彩铃", "别人打我听的彩铃", "来电那个彩铃", "我的视频彩铃"),
     ("自己换成广告了", "变成一段卖酒的视频", "设好的又被改掉", "放的不是我选的那个", "老变回系统默认的视频"),
     ("彩铃谁给我改的", "帮我换回原来的彩铃", "不许再动我的彩铃", "彩铃怎么锁定")),
)  # fmt: skip

_OPENINGS = ("", "你好", "喂你好", "我问一下", "麻烦看看", "是这样的", "哎我说", "那个什么", "请帮我查查", "我反映个事")
_LINKS = ("", "现在", "这两天", "从上周开始", "昨天起", "又", "一直", "上个月底", "今天早上", "刚才")
_ENDINGS = ("", "都急死了", "谢谢啊", "你们管不管", "给个说法", "尽快吧", "我等着呢", "麻烦你了", "真是的", "好吧")


def background() -> list[str]:
    """What customers say about everything the taxonomy names: the bundled sentences, each once, in the order of the files."""
    folder = files("laidian.models").joinpath("taxonomy").joinpath("said")
    named = sorted((f for f in folder.iterdir() if f.name.endswith(".txt")), key=lambda f: f.name)
    lines = [line.strip() for file in named for line in file.read_text(encoding="utf-8").splitlines()]
    return list(dict.fromkeys(line for line in lines if line and line[0] not in "#["))


@dataclass(frozen=True)
class PlantedTexts:
    """`texts`: contact_id, text. `truth`: the planted issue of each, -1 = none of them."""

    texts: pl.DataFrame
    truth: np.ndarray


def planted_texts(size: int, shares: Sequence[float], background: Sequence[str], seed: int) -> PlantedTexts:
    """So many texts; of each planted issue (at most ten) that share of them, the rest sentences of the background, each once.

    A planted customer says two or three of: what it is about, what is wrong, what is wanted. A third says something of the
    background beside it.
    """
    rng = np.random.default_rng(seed)
    issue = np.full(size, -1)
    place = 0
    for number, share in enumerate(shares):
        count = round(share * size)
        issue[place : place + count] = number
        place += count
    rng.shuffle(issue)
    other = rng.permutation(np.resize(np.asarray(background, dtype=object), 2 * size))
    texts = [_said(int(number), str(aside), rng) for number, aside in zip(issue, other, strict=False)]
    ids = [f"t{n:06d}" for n in range(size)]
    return PlantedTexts(pl.DataFrame({"contact_id": ids, "text": texts}), issue)


def _said(number: int, aside: str, rng: np.random.Generator) -> str:
    opening, link, ending = (str(rng.choice(words)) for words in (_OPENINGS, _LINKS, _ENDINGS))
    if number < 0:
        return f"{opening}{link}{aside}{ending}"
    about, wrong, wanted = (str(rng.choice(words)) for words in TOPICS[number])
    parts = [f"{about}{link}{wrong}", wanted] if rng.random() < 0.7 else [f"{about}{link}{wrong}"]
    if rng.random() < 0.33:
        parts.append(aside)
    return f"{opening}{'，'.join(parts)}{ending}"
