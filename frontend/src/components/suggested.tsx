/** Suggestions as Mantine's inputs take them: found by what is said of them too. */
import type { OptionsFilter } from "@mantine/core";
import type { Suggestion } from "./kindControls";

const LIMIT = 50;

export function suggested(known: readonly Suggestion[]) {
  const says = new Map(known.map((one) => (typeof one === "string" ? [one, ""] : [one.value, one.says])));
  const filter: OptionsFilter = ({ options, search, limit }) => {
    const words = search.toLowerCase().split(/\s+/);
    return options
      .filter((one) => {
        if (!("value" in one)) return true;
        const text = `${one.value} ${says.get(one.value) ?? ""}`.toLowerCase();
        return words.every((word) => text.includes(word));
      })
      .slice(0, limit);
  };
  const renderOption = ({ option: { value } }: { option: { value: string } }) => {
    const words = says.get(value);
    return words ? (
      <span>
        <bdi>{words}</bdi> <span className="mono mute">{value}</span>
      </span>
    ) : (
      value
    );
  };
  return { data: [...says.keys()], filter, renderOption, limit: LIMIT };
}
