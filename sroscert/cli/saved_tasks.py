"""``apply FILE`` of a plan that ``renew``, ``rollback`` or ``clean`` saved: the same command, agreed to already."""

from __future__ import annotations

from sroscert.cli.planfiles import Saved
from sroscert.cli.renew import renew_task
from sroscert.cli.task import How, Task, clean_task, rollback_task, run
from sroscert.plan.renewal import Renewing


def carry_out(saved: Saved, how: How) -> int:
    """Do exactly what the file says, or nothing; return the exit code."""
    return run(_task(saved, how), how, saved)


def _task(saved: Saved, how: How) -> Task:
    asked = saved.file.asked
    if asked.command == "clean":
        return clean_task(asked.keep)
    if asked.command == "rollback":
        return rollback_task(asked.names, asked.to, asked.move_others, asked.pairs)
    renewing = Renewing(
        names=tuple(asked.names), force=asked.force, by_code=asked.by_code, new_profile=asked.new_profile,
        others=asked.move_others,
    )
    return renew_task(how, renewing)
