/** Which other SAE a feature's links lead to. */
import { Select } from "@mantine/core";
import type { SaeInfo } from "../../api/types";
import { TroubleNote } from "../../components/States";
import type { OtherSae } from "../../lib/links";
import css from "./Links.module.css";

interface Props {
  choices: readonly OtherSae<SaeInfo>[];
  /** The one that is shown; undefined where the address names none of them. */
  other: OtherSae<SaeInfo> | undefined;
  /** As the address has it. */
  asked: string | undefined;
  onChange: (slug: string) => void;
}

const GROUPS = [
  { direction: "upstream", group: "upstream: what made it fire" },
  { direction: "downstream", group: "downstream: what it sets off" },
] as const;

const named = ({ sae, direction }: OtherSae<SaeInfo>) => `${sae.slug} · ${sae.site_out || sae.site} · ${direction}`;

export function LinkControls({ choices, other, asked, onChange }: Props) {
  const data = GROUPS.map(({ direction, group }) => ({
    group,
    items: choices
      .filter((choice) => choice.direction === direction)
      .map((choice) => ({ value: choice.sae.slug, label: named(choice) })),
  })).filter(({ items }) => items.length > 0);
  return (
    <>
      <Select
        label="Other SAE"
        className={css.other}
        data={data}
        value={other?.sae.slug ?? null}
        placeholder="Choose one"
        allowDeselect={false}
        onChange={(slug) => slug && onChange(slug)}
      />
      {!other && asked !== undefined && choices.length > 0 && (
        <TroubleNote
          trouble={{
            error: `“${asked}” is no SAE of this model that lies before or behind this one.`,
            next: "Choose one of the list above.",
            status: 404,
          }}
        />
      )}
    </>
  );
}
