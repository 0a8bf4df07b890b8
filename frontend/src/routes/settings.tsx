import { Switch, useMantineColorScheme } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { createFileRoute } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { socket, useConnection } from "../api/live";
import { TABLES } from "../lib/color";
import { formatCount } from "../lib/format";
import classes from "./-settings/Settings.module.css";
import { usePreferences } from "./-shell/preferences";
import { Choice } from "./-view/Controls";

export const Route = createFileRoute("/settings")({ component: SettingsPage });

const THEMES = [
  { value: "auto", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;
const COLORMAPS = [
  { value: "viridis", label: "viridis" },
  { value: "cividis", label: "cividis" },
  { value: "grey", label: "grey" },
] as const;

function Line({ name, says, children }: { name: string; says?: string; children: ReactNode }) {
  return (
    <div className={classes.line}>
      <div>
        <div>{name}</div>
        {says && <div className={classes.says}>{says}</div>}
      </div>
      <div className={classes.control}>{children}</div>
    </div>
  );
}

/** How this browser shows things. What is being looked at is never here: it is in the address. */
function SettingsPage() {
  useDocumentTitle("Settings · Microscope");
  const [preferences, set] = usePreferences();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  useConnection();
  const limits = socket.welcome;
  const flag = (key: "whitespace" | "underline" | "template" | "flip" | "letters", name: string, says: string) => (
    <Line name={name} says={says}>
      <Switch
        aria-label={name}
        checked={preferences[key]}
        onChange={(event) => set({ [key]: event.currentTarget.checked })}
      />
    </Line>
  );
  return (
    <div className={classes.page}>
      <div className={classes.inner}>
        <h1>Settings</h1>
        <p className={classes.says}>Kept in this browser. What is being looked at is in the address instead.</p>
        <section>
          <h2 className="label">Look</h2>
          <Line name="Theme">
            <Choice label="Theme" value={colorScheme} choices={THEMES} onChange={setColorScheme} />
          </Line>
          <Line name="Density" says="Height of table rows">
            <Choice
              label="Density"
              value={preferences.density}
              choices={[
                { value: "compact", label: "Compact" },
                { value: "normal", label: "Normal" },
                { value: "cozy", label: "Cozy" },
              ]}
              onChange={(density) => set({ density })}
            />
          </Line>
          <Line name="Colour map" says="Probability, rank, entropy, KL; differences are always blue and orange">
            <span
              className={classes.ramp}
              style={{
                background: `linear-gradient(90deg, ${TABLES[preferences.colormap].css.filter((_, i) => i % 15 === 0).join(", ")})`,
              }}
              aria-hidden
            />
            <Choice
              label="Colour map"
              value={preferences.colormap}
              choices={COLORMAPS}
              onChange={(colormap) => set({ colormap })}
            />
          </Line>
        </section>
        <section>
          <h2 className="label">Tokens</h2>
          {flag("whitespace", "Visible whitespace", "Spaces as ·, newlines as ⏎, tabs as ⇥")}
          {flag("template", "Template tokens", "The chat template's own tokens stand in the text")}
          {flag("underline", "Underline", "The shading's value also as an underline: for print and low vision")}
          {flag("flip", "First layer on top", "Tables and heatmaps begin with the embedding")}
        </section>
        <section>
          <h2 className="label">Keyboard</h2>
          {flag("letters", "Single-letter shortcuts", "Off: only combinations with Ctrl or Alt, and the arrow keys")}
        </section>
        {limits && (
          <section>
            <h2 className="label">This server</h2>
            <Line name="Version">
              <span className="mono">{limits.version}</span>
            </Line>
            <Line name="Longest text">
              <span className="mono">{formatCount(limits.max_prompt_chars)} characters</span>
            </Line>
            <Line name="Most new tokens in a turn">
              <span className="mono">{formatCount(limits.max_new_tokens)}</span>
            </Line>
          </section>
        )}
      </div>
    </div>
  );
}
