"""Every environment variable and default, once.

Each field is read from `MICROSCOPE_<NAME>`; the command line overrides the environment. The hub's own
variables (`HF_TOKEN`, `HF_HOME`, `HF_HUB_OFFLINE`) are honoured by the hub's library and are not repeated here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Server, limits and budgets. Immutable: a changed setting is a new object."""

    model_config = SettingsConfigDict(env_prefix="MICROSCOPE_", extra="forbid", frozen=True, populate_by_name=True)

    home: Path = Field(default=Path("~/.microscope"), description="Where conversations, traces and views are kept.")
    database_url: str = Field(
        default="", description="SQLite or PostgreSQL, as postgresql://user@host/name; empty is a file in `home`."
    )
    run_worker: bool = Field(default=True, description="Whether `microscope ui` works on runs itself.")
    host: str = Field(default="127.0.0.1", description="Address to listen on; any but loopback needs `token`.")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port to listen on.")
    token: str = Field(default="", description="Secret that every request must carry; required off loopback.")
    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Further browser origins, as http://127.0.0.1:5173 in development."
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(), description="Further values of the Host header, for use behind a proxy."
    )

    model: str = Field(default="specimen", description="Model loaded at start: bundled name, hub id or folder.")
    revision: str = Field(default="", description="Of a hub id: branch, tag or commit; empty is its main branch.")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(default="auto", description="Of the weights.")
    device: str = Field(default="auto", description="auto, cpu, cuda, cuda:1, mps; balanced spreads over several GPUs.")

    model_budget_bytes: int = Field(
        default=0, ge=0, description="Resident models; 0 is 70 % of the device's free memory at start."
    )
    state_budget_bytes: int = Field(
        default=2_000_000_000, ge=0, description="KV caches and residuals kept for open conversations."
    )

    sae_budget_bytes: int = Field(
        default=2_000_000_000, ge=0, description="Tensors of SAEs kept on the model's device while they are in use."
    )
    sae_cache_dir: str = Field(
        default="",
        validation_alias=AliasChoices("MICROSCOPE_SAE_CACHE_DIR", "SAE_CACHE_DIR"),
        description="Where SAEs are kept; empty is `saes` in `home`. SAE_CACHE_DIR is read too.",
    )

    load_wait_s: float = Field(
        default=60.0, ge=0, description="Seconds that a request waits for a model that is being loaded."
    )

    max_message_bytes: int = Field(default=1_000_000, gt=0, description="One incoming socket message or JSON body.")
    max_upload_bytes: int = Field(
        default=500_000_000, gt=0, description="Files of one import that are sent; a zip of them may unpack to no more."
    )
    max_bundle_bytes: int = Field(
        default=64_000_000, ge=0, description="Tensors that patches read (SAEs, adapters) which one bundle carries."
    )
    max_prompt_chars: int = Field(default=200_000, gt=0, description="Characters of one typed text.")
    max_new_tokens: int = Field(default=2_048, gt=0, description="Tokens generated in one turn.")
    max_conversations: int = Field(default=10_000, gt=0, description="Conversations kept.")
    max_streams: int = Field(default=16, gt=0, description="Turns generated, and texts read for scripts, at once.")
    max_sockets: int = Field(default=64, gt=0, description="Open sockets.")
    max_requests_per_minute: int = Field(
        default=6_000, gt=0, description="HTTP requests and socket messages of one client."
    )
    explainer_url: str = Field(
        default="", description="Chat API that labels features, as https://host/v1; empty asks nobody."
    )
    explainer_model: str = Field(default="", description="Model that the explainer is asked for.")
    explainer_key: str = Field(default="", description="Key that the explainer wants, if any.")
    max_k: int = Field(default=1_000, gt=0, description="Predictions listed per layer.")
    heartbeat_s: float = Field(default=15.0, gt=0, description="Seconds between the socket's heartbeats.")
    outbox_messages: int = Field(
        default=256, gt=0, description="Messages waiting for a slow reader before tokens are merged."
    )

    @field_validator("token")
    @classmethod
    def _no_number(cls, token: str) -> str:
        if token.isdecimal():
            raise ValueError("expected more than digits: in a page's address a number is also a position, ?token=4")
        return token
