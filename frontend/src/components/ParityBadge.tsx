import { Badge, Popover, Table, Text, UnstyledButton } from "@mantine/core";
import { ShieldAlert, ShieldCheck } from "lucide-react";
import type { ModelInfo } from "../api/types";

type Measured = number | null;

const figure = (measured: Measured): string => measured?.toExponential(1) ?? "not finite";

/** What was measured at every block, where it was. */
function Blocks({ blocks }: { blocks: readonly Measured[] }) {
  if (blocks.length === 0) return null;
  return (
    <details>
      <summary>by block</summary>
      <ul aria-label="Measured at every block" style={{ margin: 0, paddingLeft: 16 }}>
        {blocks.map((measured, block) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a block is its index
          <li key={block} className="mono">
            {block}: {figure(measured)}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Whether the program reads the model as the model reads itself, with the measured differences behind it. */
export function ParityBadge({ parity }: { parity: ModelInfo["parity"] }) {
  const failed = parity.checks.filter((check) => !check.ok).length;
  const says = parity.ok ? "Parity checked" : `Parity: ${failed} of ${parity.checks.length} checks off`;
  const badge = parity.ok ? "parity" : `parity ${failed} off`;
  const color = parity.ok ? "var(--ms-ok)" : "var(--ms-warn)";
  const Icon = parity.ok ? ShieldCheck : ShieldAlert;
  return (
    <Popover width={440} position="bottom-start" shadow="md">
      <Popover.Target>
        <UnstyledButton aria-label={`${badge}: show the measurements`}>
          <Badge
            variant="outline"
            radius="sm"
            size="sm"
            tt="none"
            fw={550}
            leftSection={<Icon size={12} aria-hidden />}
            c={color}
            style={{ borderColor: color, cursor: "pointer" }}
          >
            {badge}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Text fw={600} size="sm">
          {says}
        </Text>
        <Text size="xs" c="dimmed" mb={6}>
          Measured when the model was loaded: the largest differences, and the most that its dtype allows.
        </Text>
        {parity.problems.map((problem) => (
          <Text key={problem} size="xs" mb={6}>
            {problem}
          </Text>
        ))}
        <Table verticalSpacing={3} horizontalSpacing={6} fz="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Check</Table.Th>
              <Table.Th className="num">measured</Table.Th>
              <Table.Th className="num">allowed</Table.Th>
              <Table.Th>holds</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {parity.checks.map((check) => (
              <Table.Tr key={check.name}>
                <Table.Td>
                  <div className="mono">{check.name}</div>
                  <div className="mute">{check.says}</div>
                  <Blocks blocks={check.blocks} />
                </Table.Td>
                <Table.Td className="num">{figure(check.measured)}</Table.Td>
                <Table.Td className="num">{check.tolerance.toExponential(1)}</Table.Td>
                <Table.Td>{check.ok ? "yes" : "no"}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Popover.Dropdown>
    </Popover>
  );
}
