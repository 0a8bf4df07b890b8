import pytest

from microscope.core.sites import ORDER, Site, forward_order, parse_site
from microscope.errors import Invalid


@pytest.mark.parametrize("name", ORDER)
def test_a_site_survives_being_written_and_read(name: str) -> None:
    assert str(parse_site(f"L10.{name}")) == f"L10.{name}"


@pytest.mark.parametrize(
    "text", ["", "10.resid_post", "L10", "L10.resid", "L-1.resid_pre", "Lx.mlp_out", "L1.mlp_out.x"]
)
def test_what_is_no_site_is_refused_with_the_names_that_are(text: str) -> None:
    with pytest.raises(Invalid, match="resid_post"):
        parse_site(text)


def test_sites_sort_as_a_forward_pass_reaches_them() -> None:
    sites = [Site(1, "resid_pre"), Site(0, "resid_post"), Site(0, "attn_out"), Site(0, "resid_pre")]
    assert [str(site) for site in sorted(sites, key=forward_order)] == [
        "L0.resid_pre",
        "L0.attn_out",
        "L0.resid_post",
        "L1.resid_pre",
    ]
