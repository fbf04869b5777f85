"""重点行业: the industries by which questions are tagged, so that an industry module can add its own share.

Source: 吉公通字〔2023〕70号 四（四）, the eight groups of units that bear on the economy and people's lives; 三（一）, the pilot
of banks and finance, hospitals, schools.  A pilot industry lies inside one of the groups and has a tag of its own.
"""

from __future__ import annotations

#: 四（四）, in the notice's order.
GROUPS = (
    "水电油气",
    "国防军工",
    "学校医院",
    "党政机关",
    "金融邮政",
    "文博科研",
    "公交地铁",
    "物资储备",
)
#: 三（一）.
PILOT = ("银行金融", "医院", "学校")

#: Every tag that forms offer, the pilot first.
INDUSTRIES = (*PILOT, *GROUPS)
