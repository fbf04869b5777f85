"""Who imports whom, where foreign keys point, and who can reach a key.  Read from the source, not from running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import configure_mappers

import examsite.models
from examsite.authoring.models import QuestionKey
from examsite.db import Base

ROOT = Path(__file__).resolve().parent.parent

#: The order in which things happen; a stage imports only what stands before it.
STAGES = (
    "accounts",
    "registry",
    "authoring",
    "planning",
    "registration",
    "sitting",
    "invigilation",
    "results",
    "analysis",
    "admin",
    "home",
)
#: Modules that know every stage, so that no other must.
ON_TOP = {"app", "commands", "models", "demonstration", "rehearsal"}
#: What stands alone in question_bank; the rest builds on these.
ALONE = {"questions", "standards", "psychometrics"}
#: Vocabulary that everything in question_bank shares.
SHARED = {"problems", "outlines"}
BUILT_ON = {"formats", "assembly", "rules", "samples"}

#: Who may import scoring: whoever marks, judges what was imported, or drives these at a command line.
MAY_SCORE = {
    "question_bank.questions",
    "question_bank.samples",
    "examsite.authoring",
    "examsite.results",
    "examsite.analysis",
    "examsite.demonstration",
}
#: The candidate's side, where no key can be: neither the type, nor the column, nor what reads it.
CANDIDATE_SIDE = ("examsite.sitting", "examsite.registration", "question_bank.questions.present")
KEYED = {
    "question_bank.questions.scoring",
    "question_bank.questions.model.Key",
    "examsite.authoring.models.QuestionKey",
    "examsite.authoring.keys",
    "examsite.authoring.secrecy.sealing",
}
LONGEST_FILE = 320
LONGEST_OF_ALL = 450
FEW = 10


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules(package: str) -> dict[str, Path]:
    """Every module of a package by its name."""
    return {module_name(path): path for path in sorted((ROOT / package).rglob("*.py"))}


def imports(source: str) -> set[str]:
    """Everything that a source imports anywhere in it: `a.b` for `import a.b`, `a.b.c` for `from a.b import c`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def all_imports(package: str) -> Iterator[tuple[str, str]]:
    for name, path in modules(package).items():
        for imported in imports(path.read_text(encoding="utf-8")):
            yield name, imported


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def second(name: str) -> str:
    """`examsite.sitting.views` → `sitting`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def misplaced(name: str, imported: str) -> bool:
    """Whether this module of examsite may not import that one."""
    if not inside(imported, "examsite"):
        return False
    here, there = second(name), second(imported)
    if here in ON_TOP:
        return False
    if there in ON_TOP:
        return True
    if there in STAGES:
        return here not in STAGES or STAGES.index(there) > STAGES.index(here)
    return False


def test_question_bank_knows_neither_web_nor_database():
    foreign = (
        "flask",
        "werkzeug",
        "jinja2",
        "wtforms",
        "sqlalchemy",
        "alembic",
        "psycopg",
        "sqlite3",
        "examsite",
    )
    found = [
        (name, imported)
        for name, imported in all_imports("question_bank")
        if imported.split(".")[0].partition("_")[0] in foreign
    ]
    assert found == []
    assert len(modules("question_bank")) > 30


def test_questions_standards_and_statistics_stand_alone():
    """The rest of question_bank builds on them; a module run with -m puts parts together and may know all."""
    found = []
    for name, imported in all_imports("question_bank"):
        here, there = second(name), second(imported)
        if not inside(imported, "question_bank") or here == there or name.endswith("__main__"):
            continue
        if (here in ALONE and there not in SHARED) or (here in SHARED and there not in SHARED):
            found.append((name, imported))
    assert found == []


def test_every_part_of_question_bank_has_its_place():
    parts = {second(name) for name in modules("question_bank")} - {""}
    assert parts <= ALONE | SHARED | BUILT_ON


def test_stages_import_only_what_comes_before_them_and_plumbing_no_stage():
    assert [pair for pair in all_imports("examsite") if misplaced(*pair)] == []


def test_the_order_of_stages_is_the_one_that_examsite_says():
    said = next(line for line in (examsite.__doc__ or "").splitlines() if line.startswith("Stages:"))
    assert tuple(said.removeprefix("Stages:").strip().rstrip(".").split(" ◄ ")) == STAGES
    folders = {path.parent.name for path in (ROOT / "examsite").glob("*/__init__.py")}
    assert set(STAGES) <= folders


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        ("examsite.planning.actions", "examsite.sitting.models.Attempt"),
        ("examsite.jobs", "examsite.authoring.actions"),
        ("examsite.access.login", "examsite.accounts.queries"),
        ("examsite.home.views", "examsite.app.create_app"),
    ],
)
def test_an_arrow_against_time_is_found(name, imported):
    assert misplaced(name, imported)


def test_an_import_inside_a_function_is_found():
    assert imports("def f():\n    from a.b import c\n    import d.e\n") == {"a.b.c", "d.e"}


# ---- keys


def test_scoring_is_imported_only_where_answers_are_marked_or_keys_are_judged():
    found = {
        name
        for package in ("examsite", "question_bank")
        for name, imported in all_imports(package)
        if inside(imported, "question_bank.questions.scoring")
        and not any(inside(name, allowed) for allowed in MAY_SCORE)
    }
    assert found == set()


def test_nothing_on_the_candidates_side_can_name_a_key():
    found = {
        (name, imported)
        for package in ("examsite", "question_bank")
        for name, imported in all_imports(package)
        if any(inside(name, side) for side in CANDIDATE_SIDE)
        and any(
            inside(imported, keyed) or (inside(keyed, imported) and imported != keyed.split(".")[0])
            for keyed in KEYED
        )
    }
    # A module of models holds QuestionKey besides what the candidate's side needs: the name itself is what may not come in.
    assert {
        (n, i) for n, i in found if i not in {"examsite.authoring.models", "question_bank.questions.model"}
    } == set()
    for _name, path in modules("examsite").items():
        if inside(_name, "examsite.sitting"):
            names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
            attributes = {
                n.attr for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Attribute)
            }
            assert not (names | attributes) & {"QuestionKey", "Key", "key_from_document", "load_keys"}, _name


def test_the_keys_column_refuses_to_load_by_accident():
    column = QuestionKey.__mapper__.attrs["document"]
    assert column.deferred
    assert column.raiseload


def test_a_key_becomes_a_document_only_where_it_is_sealed_or_hashed():
    """Whoever stores a key calls `seal_document`: no table holds one that can be read."""
    found = {
        name
        for name, imported in all_imports("examsite")
        if imported.endswith((".key_as_document", ".key_from_document"))
    }
    sealing = {"examsite.authoring.secrecy.sealing", "examsite.authoring.secrecy.fingerprints"}
    assert found <= sealing | {"examsite.results.scripts"}, "seal it with keys.seal_document"


# ---- tables


def stage_of(module: str) -> int:
    """The place of a module among the stages; plumbing comes before all."""
    part = second(module)
    return STAGES.index(part) if part in STAGES else -1


def test_foreign_keys_point_back_in_time():
    configure_mappers()
    stages = {m.local_table.name: stage_of(m.class_.__module__) for m in Base.registry.mappers}
    forward = [
        f"{table.name}.{key.parent.name} → {key.column.table.name}"
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if stages[key.column.table.name] > stages[table.name]
    ]
    assert forward == []
    assert len(stages) == len(Base.metadata.tables) > 15


def test_no_relation_loads_by_itself():
    eager = [
        f"{mapper.class_.__name__}.{relation.key}: {relation.lazy}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.lazy not in ("raise", "raise_on_sql")
    ]
    assert eager == []


# ---- what each file of a stage may do


def files_named(name: str) -> dict[str, Path]:
    return {module: path for module, path in modules("examsite").items() if path.name == f"{name}.py"}


def calls(path: Path) -> set[str]:
    """The dotted names that a file calls: `session.commit`, `clock.now`."""
    return {
        ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    }


def test_actions_never_commit_and_never_look_at_the_request_or_the_clock():
    found = {}
    for module, path in files_named("actions").items():
        forbidden = {
            i for i in imports(path.read_text()) if i in ("flask.request", "flask.g", "flask.session")
        }
        forbidden |= {i for i in imports(path.read_text()) if inside(i, "examsite.clock.now")}
        forbidden |= {c for c in calls(path) if c.endswith((".commit", ".rollback"))}
        forbidden |= {
            c for c in calls(path) if c in ("clock.now", "system_clock", "datetime.now", "writing", "reading")
        }
        if forbidden:
            found[module] = forbidden
    assert found == {}


def test_models_never_read_the_clock():
    found = [
        module
        for module, path in files_named("models").items()
        if any(inside(i, "examsite.clock") for i in imports(path.read_text()))
        or calls(path) & {"datetime.now", "func.now"}
    ]
    assert found == []


def test_queries_change_nothing():
    changing = ("session.add", "session.delete", "session.commit", "session.merge", "audit.record")
    found = {
        m: calls(p) & set(changing) for m, p in files_named("queries").items() if calls(p) & set(changing)
    }
    assert found == {}


def test_policies_only_look_at_their_arguments():
    found = {
        module: imported
        for module, path in files_named("policy").items()
        for imported in imports(path.read_text())
        if inside(imported, "flask") or inside(imported, "sqlalchemy") or inside(imported, "examsite.db")
    }
    assert found == {}


def test_nobody_opens_a_transaction_around_the_guard():
    """A view that reads through `database().writing()` on GET does so on purpose, with a comment: few may."""
    found = [
        module
        for module, path in modules("examsite").items()
        if "database().writing()" in path.read_text() and second(module) in STAGES
    ]
    assert len(found) <= 5, found


def test_files_stay_short_enough_to_read():
    """Past 300 lines a file is split by a noun of the domain; a few may run over while the noun is looked for."""
    counts = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for package in ("question_bank", "examsite")
        for path in modules(package).values()
    }
    over = {name: count for name, count in counts.items() if count > LONGEST_FILE}
    assert {name: count for name, count in over.items() if count > LONGEST_OF_ALL} == {}
    assert len(over) <= FEW, over
