"""The report of a day, week or month: worked out once (`build`), laid out twice (`page`, `workbook`)."""

from laidian.report.content import Report, Sources, build
from laidian.report.desk import DeskTables
from laidian.report.figures import Dictionary
from laidian.report.meeting import MeetingTables
from laidian.report.page import page
from laidian.report.workbook import workbook

__all__ = ["DeskTables", "Dictionary", "MeetingTables", "Report", "Sources", "build", "page", "workbook"]
