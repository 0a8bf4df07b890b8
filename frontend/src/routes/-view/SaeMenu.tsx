/** Which sparse autoencoders stand open in the Features panel. */
import { Button, Menu } from "@mantine/core";
import { Check } from "lucide-react";
import type { Section } from "../../lib/firings";
import classes from "./FeaturesPanel.module.css";

interface Props {
  sections: readonly Section[];
  isOpen: (section: Section) => boolean;
  setOpen: (sections: readonly Section[], open: boolean) => void;
}

/** Other names of the same weights, in a line that may cut them off. */
export function Also({ of }: { of: readonly string[] }) {
  if (of.length === 0) return null;
  const names = of.join(", ");
  return (
    <span className={`mute ${classes.also}`} title={`The same weights as ${names}`}>
      also {names}
    </span>
  );
}

export function SaeMenu({ sections, isOpen, setOpen }: Props) {
  const open = sections.filter(isOpen).length;
  return (
    <div className={classes.bar}>
      <Menu position="bottom-end" width={300} closeOnItemClick={false}>
        <Menu.Target>
          <Button variant="default" size="compact-xs">
            {open} of {sections.length} SAEs open
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
          <Menu.Item onClick={() => setOpen(sections, true)}>Open all</Menu.Item>
          <Menu.Item onClick={() => setOpen(sections, false)}>Close all</Menu.Item>
          <Menu.Divider />
          {sections.map((section) => {
            const { sae, site, dictionary } = section.reading;
            return (
              <Menu.Item
                key={sae}
                aria-label={`${isOpen(section) ? "Close" : "Open"} ${sae}`}
                leftSection={<Check size={12} visibility={isOpen(section) ? "visible" : "hidden"} aria-hidden />}
                onClick={() => setOpen([section], !isOpen(section))}
              >
                {sae} <span className="mono mute">{site}</span> <Also of={section.also} />
                {!dictionary && <span className="mute"> · not harvested</span>}
              </Menu.Item>
            );
          })}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
