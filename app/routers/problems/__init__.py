"""RFC 9457: errors become `application/problem+json`, at run time and in the contract."""

from app.routers.problems.document import PROBLEM_JSON, Problem, problem_body
from app.routers.problems.install import install
from app.routers.problems.responses import both, problems

__all__ = ["PROBLEM_JSON", "Problem", "both", "install", "problem_body", "problems"]
