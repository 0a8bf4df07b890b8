import { Spotlight, type SpotlightActionData, type SpotlightFilterFunction, useSpotlight } from "@mantine/spotlight";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  Bookmark,
  Command,
  Compass,
  Cpu,
  FlaskConical,
  Grid3x3,
  House,
  Keyboard,
  LayoutList,
  Library,
  Link2,
  ListOrdered,
  MessageSquare,
  Moon,
  Play,
  Search,
  Settings,
  SlidersHorizontal,
  Sparkles,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { conversations, examples, modelInfo, models } from "../../api/queries";
import { families, runs } from "../../api/runs";
import { truncateMiddle } from "../../lib/format";
import { pageCommands } from "./commands";
import { exampleLink } from "./exampleLink";
import { useLoadModel } from "./loadModel";
import { matching, type PaletteGroup } from "./matching";
import { paletteStore } from "./palette.store";
import { saveView } from "./saveView";
import { copyLink, useThemeToggle } from "./TopBar";
import { counted, titled } from "./words";

const icon = (Icon: typeof House): ReactNode => <Icon size={15} strokeWidth={1.75} aria-hidden />;

/** Actions shown at most, beside what was typed. */
const LIMIT = 40;
/** The latest of them; older ones are found on their page. */
const PALETTE_RUNS = 50;
const asOffered: SpotlightFilterFunction = (_query, actions) => actions;

/** While the palette fades out it holds the keyboard no more: the page that was chosen finds it free. */
function letGo(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** Ctrl+K: pages, conversations, runs, examples, models, commands, and what was typed as a question or a text for the lens. */
export default function Palette() {
  const [query, setQuery] = useState("");
  const navigate = useNavigate();
  const [dark, toggleTheme] = useThemeToggle();
  const load = useLoadModel();
  const { data: info } = useQuery(modelInfo);
  const { data: list } = useQuery(conversations());
  const { data: shown } = useQuery({ ...examples(info?.slug ?? ""), enabled: info !== undefined });
  const { data: choices } = useQuery(models);
  // What a page offers is asked for when the palette opens.
  const { opened } = useSpotlight(paletteStore);
  const { data: recent } = useQuery({ ...runs({}, 0, PALETTE_RUNS), enabled: opened });
  const { data: cards } = useQuery({ ...families, enabled: opened });
  const here = opened ? pageCommands() : [];
  const typed = query.trim();

  const pages: SpotlightActionData[] = [
    { id: "home", label: "Home", leftSection: icon(House), onClick: () => navigate({ to: "/" }) },
    {
      id: "chat",
      label: "New conversation",
      leftSection: icon(MessageSquare),
      onClick: () => navigate({ to: "/chat" }),
    },
    { id: "lens", label: "Lens on a text", leftSection: icon(Grid3x3), onClick: () => navigate({ to: "/lens" }) },
    {
      id: "features",
      label: "Features of sparse autoencoders",
      leftSection: icon(LayoutList),
      onClick: () => navigate({ to: "/features" }),
    },
    {
      id: "saes",
      label: "SAE library: import, compare, export",
      leftSection: icon(Library),
      onClick: () => navigate({ to: "/saes" }),
    },
    {
      id: "patches",
      label: "Patches: changes of a model that are kept",
      leftSection: icon(SlidersHorizontal),
      onClick: () => navigate({ to: "/patches" }),
    },
    { id: "runs", label: "Runs", leftSection: icon(FlaskConical), onClick: () => navigate({ to: "/runs" }) },
    { id: "queue", label: "Queue", leftSection: icon(ListOrdered), onClick: () => navigate({ to: "/queue" }) },
    { id: "settings", label: "Settings", leftSection: icon(Settings), onClick: () => navigate({ to: "/settings" }) },
    {
      id: "tour",
      label: "Two-minute tour",
      leftSection: icon(Compass),
      onClick: () => navigate({ to: "/", search: { tour: 0 } }),
    },
    { id: "help", label: "Shortcuts and help", leftSection: icon(Keyboard), onClick: () => navigate({ to: "/help" }) },
  ];
  const commands: SpotlightActionData[] = [
    { id: "copy", label: "Copy the link to this view", leftSection: icon(Link2), onClick: copyLink },
    { id: "save", label: "Save this view under a short link", leftSection: icon(Bookmark), onClick: saveView },
    { id: "theme", label: dark ? "Light theme" : "Dark theme", leftSection: icon(Moon), onClick: toggleTheme },
  ];
  const asked: SpotlightActionData[] = [
    {
      id: "ask",
      label: `${info?.chat === false ? "Continue" : "Ask"}: ${typed}`,
      leftSection: icon(MessageSquare),
      onClick: () => navigate({ to: "/chat", search: { text: typed } }),
    },
    {
      id: "read",
      label: `Lens: ${typed}`,
      leftSection: icon(Grid3x3),
      onClick: () => navigate({ to: "/lens", search: { text: typed } }),
    },
  ];
  const groups: PaletteGroup[] = [
    {
      group: "On this page",
      actions: here.map(({ label, key, act }) => ({
        id: `here-${label}`,
        label,
        leftSection: icon(Command),
        rightSection: key && <kbd>{key}</kbd>,
        // The palette closes first: it gives the keyboard back, and a menu takes it then.
        onClick: () => setTimeout(act),
      })),
    },
    { group: "Pages", actions: pages },
    {
      group: "Conversations",
      actions: (list?.items ?? []).map((row) => ({
        id: row.id,
        label: truncateMiddle(titled(row.title), 80),
        keywords: row.title,
        description: `${counted(row.n_tokens, "token")} · ${row.model}`,
        leftSection: icon(MessageSquare),
        onClick: () => navigate({ to: "/chat/$conversation", params: { conversation: row.id } }),
      })),
    },
    {
      group: "Runs",
      actions: (recent?.rows ?? []).map((row) => ({
        id: `run-${row.id}`,
        label: truncateMiddle(row.name || row.id, 80),
        keywords: `${row.id} ${row.tags.join(" ")}`,
        description: `${row.family} · ${row.status}`,
        leftSection: icon(FlaskConical),
        onClick: () => navigate({ to: "/runs/$run", params: { run: row.id } }),
      })),
    },
    {
      group: "New run",
      actions: (cards ?? []).map(({ kind, title, says }) => ({
        id: `new-${kind}`,
        label: `New run: ${title}`,
        description: says,
        leftSection: icon(Play),
        onClick: () => navigate({ to: "/experiments/$family/new", params: { family: kind } }),
      })),
    },
    {
      group: "Examples",
      actions: (shown ?? []).map((example) => ({
        id: `example-${example.title}`,
        label: example.title,
        description: example.says,
        leftSection: icon(Sparkles),
        onClick: () => navigate(exampleLink(example)),
      })),
    },
    {
      group: "Models",
      actions: (choices ?? []).map((choice) => ({
        id: `model-${choice.slug}`,
        label: `Use ${choice.slug}`,
        description: choice.state,
        leftSection: icon(Cpu),
        onClick: () => load.mutate({ model: choice.name, revision: "", dtype: "auto", device: "auto" }),
      })),
    },
    { group: "Commands", actions: commands },
  ];
  // Last: Enter takes the first, and what was searched for goes before a question that happens to be spelled like it.
  const offered = [...matching(groups, typed, LIMIT), ...(typed ? [{ group: "With this text", actions: asked }] : [])];

  return (
    <Spotlight
      store={paletteStore}
      actions={offered}
      filter={asOffered}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={letGo}
      shortcut={null}
      highlightQuery
      scrollable
      overlayProps={{ blur: 0, backgroundOpacity: 0.5 }}
      maxHeight={420}
      nothingFound="Nothing by that name."
      searchProps={{
        leftSection: <Search size={16} aria-hidden />,
        placeholder: "Search pages, conversations, runs, models; or type a text",
        "aria-label": "Search and commands",
      }}
    />
  );
}
