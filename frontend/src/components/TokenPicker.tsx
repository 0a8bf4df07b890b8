/** Finds one token of a vocabulary by what it shows or by its id. */
import { Combobox, TextInput, useCombobox } from "@mantine/core";
import { useDeferredValue, useMemo, useState } from "react";
import type { Vocab } from "../lib/tokens";

interface Props {
  vocab: Vocab;
  label: (id: number) => string;
  /** Accessible name, and the placeholder. */
  name: string;
  /** Offered before anything is typed: the likeliest ones. */
  suggestions?: readonly number[];
  onPick: (id: number) => void;
  /** CSS width. Defaults to 200 px. */
  width?: number;
}

const SHOWN = 12;

/** Ids whose text contains the typed text, the shortest first; an exact id comes before all. */
export function findTokens(typed: string, vocab: Vocab, label: (id: number) => string): number[] {
  const wanted = typed.replaceAll(" ", "·");
  const found: number[] = [];
  const id = /^\d+$/.test(typed) ? Number(typed) : -1;
  for (let one = 0; one < vocab.size; one++) if (label(one).includes(wanted)) found.push(one);
  found.sort((a, b) => label(a).length - label(b).length || a - b);
  return [...(id >= 0 && id < vocab.size ? [id] : []), ...found.filter((one) => one !== id)].slice(0, SHOWN);
}

export function TokenPicker({ vocab, label, name, suggestions = [], onPick, width = 200 }: Props) {
  const [typed, setTyped] = useState("");
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const sought = useDeferredValue(typed);
  const options = useMemo(
    () => (sought === "" ? suggestions.slice(0, SHOWN) : findTokens(sought, vocab, label)),
    [sought, suggestions, vocab, label],
  );
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        onPick(Number(id));
        setTyped("");
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          aria-label={name}
          placeholder={name}
          w={width}
          value={typed}
          spellCheck={false}
          classNames={{ input: "mono" }}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            combobox.openDropdown();
            combobox.selectFirstOption();
          }}
          onFocus={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={options.length === 0 && typed === ""}>
        <Combobox.Options>
          {options.length === 0 && <Combobox.Empty>No token shows “{typed}”.</Combobox.Empty>}
          {options.map((id) => (
            <Combobox.Option key={id} value={String(id)}>
              <bdi className="mono">{label(id)}</bdi> <span className="mute mono">{id}</span>
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
