/** Finds a patch of the library and puts it on the rail. */
import { Combobox, TextInput, useCombobox } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { patch, patches } from "../../api/patches";
import type { PatchRow } from "../../api/types";
import { formatCount } from "../../lib/format";
import { byName } from "../../lib/patchNames";
import css from "./PatchRail.module.css";

interface Props {
  /** Only what was made for it is offered. */
  fits: (patch: Pick<PatchRow, "weights_sha256" | "model">) => boolean;
  onPick: (hash: string) => void;
}

/** The longest part of a name that the server searches for. */
const Q_MAX = 200;
const SHOWN = 20;

export function AddPatch({ fits, onPick }: Props) {
  const client = useQueryClient();
  const [typed, setTyped] = useState("");
  const sought = useDeferredValue(typed.trim());
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const asks = combobox.dropdownOpened;
  const { data } = useQuery({ ...patches(sought, ""), placeholderData: keepPreviousData, enabled: asks });
  const kept = data?.items ?? [];
  const fitting = byName(kept.filter(fits), sought);
  const more = fitting.length - SHOWN;
  const others = kept.length - fitting.length;
  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(hash) => {
        // It is called by its name from the first moment on.
        client.prefetchQuery(patch(hash)).then(() => onPick(hash));
        setTyped("");
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          aria-label="Add a patch of the library"
          placeholder="Add a patch of the library…"
          maxLength={Q_MAX}
          value={typed}
          spellCheck={false}
          data-own-undo
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            combobox.openDropdown();
            combobox.selectFirstOption();
          }}
          onFocus={() => combobox.openDropdown()}
          onClick={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={260} className={css.found} aria-label="Patches of the library">
          {fitting.slice(0, SHOWN).map(({ hash, name, says }) => (
            <Combobox.Option key={hash} value={hash}>
              <bdi>{name}</bdi>
              <span className={css.foundSays}>{says}</span>
            </Combobox.Option>
          ))}
          {data && fitting.length === 0 && (
            <Combobox.Empty>
              {sought === "" ? "None is kept for this model." : `None is called “${sought}”.`}
            </Combobox.Empty>
          )}
        </Combobox.Options>
        {(more > 0 || others > 0) && (
          <Combobox.Footer className={css.footer}>
            {more > 0 && <div>{formatCount(more)} more: type more of the name.</div>}
            {others > 0 && <div>{formatCount(others)} more for other models</div>}
          </Combobox.Footer>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}

/** Where patches come from. */
export function WhereFrom() {
  return (
    <>
      Patches are made on a <Link to="/features">feature</Link>'s page, or{" "}
      <Link to="/patches/new">of prompts, a token, a file</Link>, and kept in the <Link to="/patches">library</Link>.
    </>
  );
}
