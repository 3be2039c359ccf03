"""What can be said of a whole file: why it is refused, held back, or taken with a remark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

FileSeverity = Literal["refuse", "hold", "suspect", "warning"]
Dimension = Literal[
    "timeliness", "completeness", "conformity", "uniqueness", "accuracy", "consistency"
]


@dataclass(frozen=True)
class FileReason:
    """Something that can be said of a whole file, or of one of its rows against other files.

    Attributes:
        reason_id: Stable name, in `landing.delivery.reason_code` or `landing.delivery_finding`. A
            code may go on with `:detail`, which stands for `{detail}` in the sentences.
        message_en: What is wrong, in English.
        message_zh: The same in Chinese.
        hint_en: What to do, in English.
        hint_zh: The same in Chinese.
        severity: `refuse` keeps the file out; `hold` keeps it back until somebody releases or
            rejects it; `suspect` loads it and asks the sender to confirm; `warning` loads it.
        dimension: Quality dimension it belongs to.
    """

    reason_id: str
    message_en: str
    message_zh: str
    hint_en: str
    hint_zh: str
    severity: FileSeverity = "refuse"
    dimension: Dimension = "conformity"


FILE_REASONS: Final = {
    reason.reason_id: reason
    for reason in (
        FileReason(
            "unknown_sender",
            "Nobody knows who sent the file.",
            "无法判断文件的发送方。",
            "Put it in inbox/<sender>/, or name it as the sender's mapping says.",
            "请放入 inbox/<发送方>/，或按该发送方映射文件的约定命名。",
        ),
        FileReason(
            "unknown_feed",
            "The file fits no report agreed with this sender.",
            "文件与该发送方约定的任何报表都不相符。",
            "Use the headers of the template, or put it in inbox/<sender>/<feed>/.",
            "请使用模板的表头，或放入 inbox/<发送方>/<报表>/。",
        ),
        FileReason(
            "not_subscribed",
            "This deployment does not take this report.",
            "本部署未订阅该报表。",
            "Add the feed to `feeds` in deployment.yaml, or stop sending it.",
            "请在 deployment.yaml 的 `feeds` 中加入该报表，或停止报送。",
        ),
        FileReason(
            "empty_file",
            "The file has no rows of data.",
            "文件没有数据行。",
            "Send it with its rows; where there is nothing to report, tell the person in charge.",
            "请补充数据后重发；如确无数据，请告知负责人。",
            dimension="completeness",
        ),
        FileReason(
            "garbled_text",
            "The file has characters that were lost before it was sent, such as � or 锟斤拷.",
            "文件含乱码（如 � 或 锟斤拷），原字符在发送前已丢失。",
            "Export it again from your program as XLSX or UTF-8 CSV; do not repair the old file.",
            "请从系统重新导出为 XLSX 或 UTF-8 编码的 CSV，不要在原文件上修补。",
        ),
        FileReason(
            "unknown_columns",
            "Columns nobody knows were left out.",
            "文件有未约定的列，未予读取。",
            "Leave them out, or have their headers added to the sender's mapping.",
            "请删除这些列，或请管理员把表头加入映射。",
            severity="warning",
        ),
        FileReason(
            "merged_cells_filled",
            "Merged cells were filled within their range.",
            "已在合并区域内填充合并单元格。",
            "Write the text into every row instead of merging cells.",
            "请勿合并单元格，每行均请填写。",
            severity="warning",
        ),
        FileReason(
            "hidden_rows",
            "Hidden or filtered rows were loaded like all others.",
            "隐藏或被筛选的行已照常读取。",
            "Delete the rows that should not be reported and send the file again.",
            "如这些行不应报送，请删除后重发。",
            severity="warning",
            dimension="completeness",
        ),
        FileReason(
            "other_sheets",
            "One sheet was read, others have cells too.",
            "只读取了一个工作表，其他工作表也有内容。",
            "Put the report on one sheet, or have its sheet named in the sender's mapping.",
            "请把报表放在一个工作表中，或请管理员在映射中指定工作表。",
            severity="warning",
            dimension="completeness",
        ),
        FileReason(
            "binary_file",
            "The file is called CSV but is not text.",
            "文件扩展名为 CSV，但内容不是文本。",
            "Save it again as CSV or XLSX and send that.",
            "请另存为 CSV 或 XLSX 后重发。",
        ),
        FileReason(
            "password_protected",
            "The workbook is protected by a password.",
            "工作簿设有密码。",
            "Remove the password and send it again.",
            "请取消密码后重发。",
        ),
        FileReason(
            "half_written",
            "The file breaks off before its end.",
            "文件不完整，中途中断。",
            "Send it again once it is saved and closed.",
            "请在保存并关闭文件后重新发送。",
        ),
        FileReason(
            "unreadable",
            "The file cannot be read.",
            "文件无法读取。",
            "Open it yourself; when it opens, save it again as XLSX or CSV and send that.",
            "请自行打开确认；如能打开，请另存为 XLSX 或 CSV 后重发。",
        ),
        FileReason(
            "answer_sent_back",
            "The file is our answer to an earlier file: it has some of its rows only.",
            "该文件是我方的回执，只含先前文件的部分行。",
            "Correct the rows in your own file and send all of it.",
            "请在您自己的原文件中更正，并重新报送整个文件。",
        ),
        FileReason(
            "unknown_header",
            "No line of the file has the agreed headers.",
            "文件中找不到约定的表头行。",
            "Use the headers of the template, or have yours added to the sender's mapping.",
            "请使用模板的表头，或请管理员把您的表头加入映射。",
        ),
        FileReason(
            "missing_column",
            "The file has no column {detail}, which the report cannot do without.",
            "文件缺少报表必需的列 {detail}。",
            "Add it under one of the headers the reference page of the feed lists.",
            "请按报表参考页所列的任一表头补充该列。",
        ),
        FileReason(
            "period_unclear",
            "Which period the file is about cannot be told.",
            "无法判断文件所属期间。",
            "Write the period in the file name, such as 2026-W47 or 2026-11.",
            "请在文件名中写明期间，如 2026-W47 或 2026-11。",
        ),
        FileReason(
            "partial_resubmission",
            "The period was sent again with less than half of its rows and no new one.",
            "同一期间重报的行数不足上次的一半，且没有新增的行。",
            "Send the whole period when only some rows changed; confirm when the rest is void.",
            "如只想更正部分行，请重报整个期间；如其余各行确已作废，请确认。",
            "suspect",
            "completeness",
        ),
        FileReason(
            "copy_of_earlier",
            "The file has nearly the same rows as a file received earlier.",
            "文件与先前收到的另一份文件几乎完全相同。",
            "Check that the right file was attached: send the right one, or confirm this one.",
            "请核对是否误传：请重报正确的文件，或确认无误。",
            "suspect",
            "accuracy",
        ),
        FileReason(
            "stock_unchanged",
            "Stock is the same as in the period before, although goods were sold.",
            "库存与上期几乎相同，但期间有销售。",
            "Count again and send the stock of this period, or confirm.",
            "请重新盘点并报送本期库存，或确认无误。",
            "suspect",
            "accuracy",
        ),
        FileReason(
            "reported_by_two",
            "The document was reported before, by another sender or for another period.",
            "该单据此前已由其他发送方或在其他期间上报。",
            "Find out whose sale it is and when: take it out of one of the two files.",
            "请查明该笔销售属于谁、属于哪个期间，并从其中一份文件中删除。",
            "warning",
            "uniqueness",
        ),
        FileReason(
            "tax_looks_included",
            "The amounts look as if they contained VAT, although the file says they do not.",
            "金额看似含税，但文件标明为不含税。",
            "Say 含税 yes in the file or the mapping, or send amounts without tax.",
            "请在文件或映射中注明含税，或改报不含税金额。",
            "suspect",
            "accuracy",
        ),
        FileReason(
            "tax_looks_excluded",
            "The amounts look as if they were without VAT, although the file says they contain it.",
            "金额看似不含税，但文件标明为含税。",
            "Say 含税 no in the file or the mapping, or send amounts with tax.",
            "请在文件或映射中注明不含税，或改报含税金额。",
            "suspect",
            "accuracy",
        ),
        FileReason(
            "outlet_looks_twice",
            "The outlet lies beside another one with nearly the same name.",
            "该门店与另一门店位置相近、名称相似，疑为同一家。",
            "If they are one, map the later code to the earlier one and close it.",
            "如为同一家，请将后建的编码对照到先建的编码并停用。",
            "warning",
            "uniqueness",
        ),
        FileReason(
            "return_exceeds_sales",
            "More of the product came back from the outlet than it got in half a year.",
            "该门店该商品的退货多于近半年的销售。",
            "Check product, outlet and quantity of the return.",
            "请核对退货的商品、门店与数量。",
            "warning",
            "consistency",
        ),
        FileReason(
            "quantity_unusual",
            "The quantity is far above what is usually sold of the product.",
            "数量远高于该商品平时的销售。",
            "Check the quantity and its unit; if it is right, nothing is to be done.",
            "请核对数量与单位；如无误，无需处理。",
            "warning",
            "accuracy",
        ),
        FileReason(
            "round_numbers",
            "Many more quantities than usual are multiples of ten.",
            "整十数量的占比明显高于平时。",
            "Send counted quantities, not estimates.",
            "请报送实际数量，勿用估计数。",
            "warning",
            "accuracy",
        ),
        FileReason(
            "opening_not_last_closing",
            "The opening stock is not the closing stock of the period before.",
            "期初库存不等于上期期末库存。",
            "Correct one of the two, or report the movement between them.",
            "请更正其一，或补报其间的进出。",
            "warning",
            "consistency",
        ),
        FileReason(
            "shelf_life_differs",
            "The expiry date is not the day of production plus the shelf life of the product.",
            "到期日与生产日期加保质期不符。",
            "Read both dates off the package again; tell us when the shelf life has changed.",
            "请按包装重新核对两个日期；如保质期有变更，请告知。",
            "warning",
            "consistency",
        ),
        FileReason(
            "sold_more_than_held",
            "More of the product was sold than there was to sell.",
            "该商品的销售多于可供销售的库存。",
            "Check the sales and both stock counts; report what was received between them.",
            "请核对销售与期初、期末库存，并补报其间的收货。",
            "warning",
            "consistency",
        ),
        FileReason(
            "out_of_territory",
            "The outlet was assigned to another distributor on the day of the sale.",
            "销售当日该门店归属其他经销商。",
            "If the outlet was handed over, have the assignment corrected; else say why.",
            "如门店已移交，请更正归属关系；否则请说明原因。",
            "warning",
            "conformity",
        ),
        FileReason(
            "usual_rows_missing",
            "Many products or outlets that are in nearly every file are missing.",
            "缺少许多几乎每期都有的商品或门店。",
            "See whether rows were filtered out or a sheet left off; send the whole period again.",
            "请检查是否筛选漏行或遗漏工作表，并重报整个期间。",
            "warning",
            "completeness",
        ),
        FileReason(
            "always_there_missing",
            "A product or an outlet that was in each of the last files is missing.",
            "缺少此前连续每期都有的商品或门店。",
            "See whether its rows were lost; if nothing was sold or held, nothing is to be done.",
            "请检查是否漏报；如确无销售或库存，无需处理。",
            "warning",
            "completeness",
        ),
        FileReason(
            "total_unusual",
            "The total is far from what the sender usually reports for such a period.",
            "合计与该发送方同类期间的平时水平相差悬殊。",
            "Check units and completeness of the file: send it again, or confirm.",
            "请核对单位与完整性：请重报，或确认无误。",
            "suspect",
            "accuracy",
        ),
        FileReason(
            "claim_without_promotion",
            "The claim names a promotion that is not in our calendar.",
            "核销所列促销不在促销日历中。",
            "Correct the number of the promotion, or have it entered in the calendar.",
            "请更正促销编号，或请先登记该促销。",
            "warning",
            "consistency",
        ),
        FileReason(
            "claim_outside_promotion",
            "The claim is for a month in which its promotion did not run.",
            "费用月份不在所列促销的执行期间内。",
            "Correct the month or the promotion of the claim.",
            "请更正费用月份或促销编号。",
            "warning",
            "consistency",
        ),
        FileReason(
            "claim_twice",
            "The same expense is claimed under two numbers.",
            "同一费用以两个单号重复核销。",
            "Take one of the two back, or say what tells them apart.",
            "请撤回其中一笔，或说明两者的区别。",
            "warning",
            "uniqueness",
        ),
        FileReason(
            "answers_all_yes",
            "Every question of a long list was answered with yes.",
            "一次拜访的大量问题全部回答“是”。",
            "See whether the visit was made with care; a good outlet may well be so.",
            "请核实是否认真检查；优秀门店也可能如此。",
            "warning",
            "accuracy",
        ),
        FileReason(
            "visit_repeats_last",
            "The visit found everything exactly as the visit before it: counts and prices.",
            "本次拜访的各项数量与价格与上次完全相同。",
            "See whether the visit was made, or the earlier form copied.",
            "请核实是否实地拜访，或是否照抄上次记录。",
            "warning",
            "accuracy",
        ),
        FileReason(
            "wrong_period",
            "Most dates in the file are outside the period it is named after.",
            "文件中的大部分日期不在文件名所示的期间内。",
            "Correct the period in the file name, or send the file of that period.",
            "请更正文件名中的期间，或报送该期间的文件。",
            dimension="timeliness",
        ),
        FileReason(
            "quarantine_share",
            "So many rows of the file are refused that it waits for somebody to look at it.",
            "文件中被拒的行过多，暂缓入库，待人工处理。",
            "Correct the rows our answer lists and send the file again, or have it released.",
            "请按回执所列更正后重发，或请管理员放行。",
            "hold",
            "accuracy",
        ),
        FileReason(
            "closed_period",
            "The file came after its period was closed: it waits for approval.",
            "文件在期间关账之后到达，需经批准。",
            "Ask whoever closed the period to release it, or book the change in an open period.",
            "请关账负责人放行，或将差异计入未关账期间。",
            "hold",
            "timeliness",
        ),
        FileReason(
            "control_quantity_differs",
            "The total of the file is not the quantity its rows add up to.",
            "文件的数量合计与各行之和不符。",
            "See whether rows are missing or changed, and send the whole file again.",
            "请核对是否漏行或改动，并重新报送整个文件。",
            "warning",
            "accuracy",
        ),
        FileReason(
            "control_amount_differs",
            "The total of the file is not the amount its rows add up to.",
            "文件的金额合计与各行之和不符。",
            "See whether rows are missing or changed, and send the whole file again.",
            "请核对是否漏行或改动，并重新报送整个文件。",
            "warning",
            "accuracy",
        ),
        FileReason(
            "correction_is_outdated",
            "A correction found something else than it expects: the source may be fixed.",
            "一条更正所预期的内容与文件不符：源头可能已修正。",
            "Set its status to `fixed` in data/corrections, or correct what it expects.",
            "请在 data/corrections 中将其状态改为 `fixed`，或更正其预期内容。",
            "warning",
            "consistency",
        ),
    )
}
