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
    )
}
