"""The account's values, complete, old and full of holes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.user_info import Profile, UserInfo

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
KEYS = [
    "email",
    "maxTask",
    "computingQuotas",
    "projects",
    "reservedQuotas",
    "constants",
    "name",
    "licenses",
    "user",
    "flex",
]


def test_new_quotas_fill_the_old_names() -> None:
    info = UserInfo(
        {
            "maxFlexCores": 1,
            "computingQuotas": {"user": {"flex": {"maxCores": 8, "runningCoreCount": 3}, "onDemand": None}},
        }
    )
    assert (info.max_flex_cores, info.computing_quotas.user.flex.running_cores_count) == (8, 3)
    assert info.max_on_demand_cores is None
    assert info.computing_quotas.organization is None


def test_an_older_server_s_flat_fields_fill_the_new_quotas() -> None:
    info = UserInfo({"maxOnDemandCores": 4, "reservedQuotas": [{"machineKey": "k", "maxCores": 2, "maxInstances": 1}]})
    assert info.computing_quotas.user.on_demand.max_cores == 4
    assert [(r.machine_key, r.max_cores) for r in info.computing_quotas.user.reserved] == [("k", 2)]


def test_max_cores_is_the_account_s_limit_where_the_server_tells_it() -> None:
    assert UserInfo({"maxCores": 512, "maxFlexCores": 64}).max_cores == 512
    assert UserInfo({"maxFlexCores": 64}).max_cores == 64


def test_a_null_user_quota_is_survived() -> None:
    assert UserInfo({"computingQuotas": {"user": None, "organization": {"name": "o"}}}).computing_quotas.organization


def test_counts_that_were_not_told_are_minus_one_as_documented() -> None:
    info = UserInfo({})
    assert (info.bucket_count, info.running_instance_count, info.running_core_count) == (-1, -1, -1)
    assert (info.email, info.max_task, info.projects) == ("", None, [])


def test_the_default_project_is_marked_by_its_flag_or_else_by_its_slug() -> None:
    info = UserInfo({"projects": [{"slug": "default"}, {"slug": "default", "isDefault": False}, {"isDefault": True}]})
    assert [project.is_default for project in info.projects] == [True, False, True]


def test_a_profile_shows_its_constants_and_what_they_are_for() -> None:
    profile = Profile({"name": "p", "constants": [{"name": "A", "value": "1", "description": "why"}, {"name": "B"}]})
    assert profile.constants == (("A", "1"), ("B", None))
    assert profile.descriptions["A"] == "why"
    assert "p" in repr(profile)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), JSON))
def test_no_account_and_no_profile_crashes_the_client(body: dict[str, object]) -> None:
    assert repr(UserInfo(body))  # type: ignore[arg-type]
    assert repr(Profile(body))  # type: ignore[arg-type]
