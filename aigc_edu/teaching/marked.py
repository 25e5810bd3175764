"""The process in which one notebook that was handed in is marked; see :mod:`.marking`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from aigc_edu.teaching.exercises import Check, Verdict, check, load_check

EXERCISES = sys.modules[check.__module__]  # the package has a function of that name


def main(work: str, results: str) -> None:
    """Try the answers of a file of jobs; write a line as soon as there is a verdict."""
    told = json.loads(Path(work).read_text(encoding="utf-8"))
    _limit_memory(told["bytes"])
    # All checks are taken before any of the student's code runs: what changes one is seen in all.
    sealed = {job["exercise"]: _seal(load_check(job["exercise"])) for job in told["jobs"]}
    for job in told["jobs"]:
        verdict, hint = _verdict(job, sealed[job["exercise"]])
        line = {"exercise": job["exercise"], "verdict": verdict, "hint": hint}
        with open(results, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _verdict(job: dict[str, Any], before: dict[str, Any]) -> tuple[str, str]:
    """Return verdict and hint of one exercise.

    The check and all that it stands on is compared with what it was ``before`` any of the
    student's code ran: code that has changed it gets no points.
    """
    name, space = job["exercise"], {"__name__": "__main__"}
    original = check
    try:
        for source in (job["setup"], *job["answer"]):
            exec(compile(source, f"<{name}>", "exec"), space)
        if _changed(before, name):
            return "not yet", "the answer changes the check itself"
        space["check"] = original
        *first, last = job["check"].rstrip().splitlines()
        exec(compile("\n".join(first), "<check>", "exec"), space)
        found = eval(compile(last, "<check>", "eval"), space)
    except BaseException as error:  # whatever it is, it is the student's
        return "could not run", f"{type(error).__name__}: {error}"[:500]
    if _changed(before, name) or type(found) is not Verdict or found.exercise != name:
        return "not yet", "the answer changes the check itself"
    return ("right", "") if found.hints == () else ("not yet", found.hint)


def _seal(of_exercise: Check) -> dict[str, Any]:
    """Return what the check and its verdict are made of: all names of their modules."""
    told: dict[str, Any] = {"check": of_exercise}
    parts = [sys.modules[of_exercise.__module__], EXERCISES, Verdict]
    for i, part in enumerate(parts):
        told |= {f"{i} {key}": value for key, value in vars(part).items() if key[:2] != "__"}
    return told


def _changed(before: dict[str, Any], name: str) -> bool:
    after = _seal(EXERCISES._CHECKS[name])
    return after.keys() != before.keys() or any(after[k] is not before[k] for k in before)


if __name__ == "__main__":
    main(*sys.argv[1:])
