"""Whose a bulk job is, and what others may do with it."""

from app.access.ownership import JOBS

job_access = JOBS.access("job_id")
