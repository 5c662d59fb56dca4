"""Every public method of the official package about hardware, quotas, money, projects and secrets.

Run by test_official_methods.py under ``qarnot-mock run``; prints what watched.py saw.
"""

import pytest
import watched
from qarnot import connection
from qarnot.exceptions import QarnotException, SecretNotFoundException
from qarnot.project import Project
from qarnot.secrets import Secrets

conn = connection.Connection()
assert list(conn.all_hardware_constraints())
assert conn.hardware_constraints_page(limit=2).page_data
assert isinstance(conn.search_cpu_model_constraints("AMD"), list)
assert conn.get_user_computing_quotas()
with pytest.raises(QarnotException, match="does not inherit"):  # the account has no organization
    conn.get_organization_computing_quotas()
assert conn.credits()

secrets = Secrets(conn)
assert secrets.create_secret("folder/key", "value") == "folder/key"
secrets.update_secret("folder/key", "other")
assert secrets.get_secret("folder/key") == "other"
assert secrets.list_secrets("folder") == ["folder/key"]
assert secrets.list_secrets("", recursive=True) == ["folder/key"]
secrets.delete_secret("folder/key")
with pytest.raises(SecretNotFoundException):
    secrets.get_secret("folder/key")

assert Project.retrieve_default(conn).uuid in [project.uuid for project in conn.user_info.projects]
research = Project.retrieve_by_slug(conn, "research")
assert Project.retrieve_by_uuid(conn, research.uuid).name == Project.retrieve_by_name(conn, "Research").name
assert research.description
research.organization_uuid  # noqa: B018  read, because it is there
assert len(research.get_active_budgets(conn)) == len(research.get_all_budgets(conn)) == 1
watched.report()
