import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Popover,
  SegmentedControl,
  Stack,
  Switch,
  Text,
  Tooltip,
} from "@mantine/core";
import { Dices, SlidersHorizontal } from "lucide-react";
import { socket } from "../../api/live";
import { CHAT_DEFAULTS } from "../-view/params";
import type { ChatSearch } from "./actions";

interface Props {
  search: ChatSearch;
  change: (part: Partial<ChatSearch>) => void;
  /** The model's template can switch thinking. */
  thinking: boolean;
}

const asNumber = (value: string | number, otherwise: number) => (typeof value === "number" ? value : otherwise);

/** The settings in four words, as the button shows them. */
export function samplingWords({ temperature, top_p, top_k, seed }: ChatSearch): string {
  if (temperature === 0) return "greedy";
  const limits = [top_p < 1 && `p ${top_p}`, top_k > 0 && `k ${top_k}`, `seed ${seed}`].filter(Boolean);
  return `T ${temperature} · ${limits.join(" · ")}`;
}

function Drawn({ search, change }: Props) {
  return (
    <>
      <Group grow gap={8}>
        <NumberInput
          label="Temperature"
          value={search.temperature}
          onChange={(value) => change({ temperature: asNumber(value, search.temperature) })}
          min={0.05}
          max={10}
          step={0.1}
          decimalScale={2}
        />
        <NumberInput
          label="Top-p"
          value={search.top_p}
          onChange={(value) => change({ top_p: asNumber(value, search.top_p) })}
          min={0.01}
          max={1}
          step={0.05}
          decimalScale={3}
        />
        <NumberInput
          label="Top-k"
          description={undefined}
          placeholder="no limit"
          value={search.top_k || ""}
          onChange={(value) => change({ top_k: asNumber(value, 0) })}
          min={0}
          allowDecimal={false}
        />
      </Group>
      <Group align="end" gap={8} wrap="nowrap">
        <NumberInput
          label="Seed"
          value={search.seed}
          onChange={(value) => change({ seed: asNumber(value, search.seed) })}
          min={0}
          allowDecimal={false}
          style={{ flex: 1 }}
        />
        <Tooltip label="Another seed">
          <ActionIcon
            size={30}
            aria-label="Another seed"
            onClick={() => change({ seed: Math.floor(Math.random() * 1_000_000) })}
          >
            <Dices size={15} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </>
  );
}

/** How the next token is drawn. All of it is in the URL: the same link with the same seed writes the same text. */
export function SamplingPanel(props: Props) {
  const { search, change, thinking } = props;
  const greedy = search.temperature === 0;
  const reset = {
    temperature: CHAT_DEFAULTS.temperature,
    top_p: CHAT_DEFAULTS.top_p,
    top_k: CHAT_DEFAULTS.top_k,
    seed: CHAT_DEFAULTS.seed,
    max: CHAT_DEFAULTS.max,
  };
  return (
    <Popover width={320} position="top-start" shadow="md">
      <Popover.Target>
        <Button variant="subtle" color="gray" leftSection={<SlidersHorizontal size={13} />} px={8} fw={500}>
          {samplingWords(search)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={10}>
          <SegmentedControl
            fullWidth
            value={greedy ? "greedy" : "sample"}
            onChange={(value) => change({ temperature: value === "greedy" ? 0 : 0.8 })}
            data={[
              { value: "greedy", label: "Greedy" },
              { value: "sample", label: "Sample" },
            ]}
          />
          {greedy ? (
            <Text size="xs" c="dimmed">
              Always the likeliest token: the same prompt gives the same text.
            </Text>
          ) : (
            <Drawn {...props} />
          )}
          <NumberInput
            label="Most new tokens"
            value={search.max}
            onChange={(value) => change({ max: asNumber(value, search.max) })}
            min={1}
            max={socket.welcome?.max_new_tokens}
            allowDecimal={false}
          />
          {thinking && (
            <Switch
              label="Thinking"
              checked={search.think}
              onChange={(event) => change({ think: event.currentTarget.checked })}
            />
          )}
          <Button variant="subtle" color="gray" onClick={() => change(reset)}>
            Back to the defaults
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
