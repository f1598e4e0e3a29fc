import type { MachineShape } from "./machine-shape.js";

/** Vagrant finds a VirtualBox box's machine in this file. */
export const OVF_FILE = "box.ovf";
export const OVF_DISK = "box-disk001.vmdk";

const DMTF = "http://schemas.dmtf.org";
const SPACES = [
  `xmlns="${DMTF}/ovf/envelope/1"`,
  `xmlns:ovf="${DMTF}/ovf/envelope/1"`,
  `xmlns:rasd="${DMTF}/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"`,
  `xmlns:vssd="${DMTF}/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"`,
];
const FORMAT = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

/** Number (CIM_OperatingSystem.OSType) and VirtualBox' name of the system. */
const SYSTEMS = { x86_64: ["102", "Linux26_64"], aarch64: ["100", "Linux_arm64"] } as const;

/**
 * An OVF 1.0 description of a machine with one disk and one card (DMTF DSP0243). VirtualBox gives the card NAT, as Vagrant
 * needs it.
 */
export function ovf(shape: MachineShape): string {
  const { name, architecture, capacity } = shape;
  const [number, system] = SYSTEMS[architecture];
  return `<?xml version="1.0"?>
<Envelope ovf:version="1.0" xml:lang="en-US" ${SPACES.join(" ")}>
  <References>
    <File ovf:href="${OVF_DISK}" ovf:id="file1"/>
  </References>
  <DiskSection>
    <Info>The disk of the machine</Info>
    <Disk ovf:capacity="${capacity}" ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:format="${FORMAT}"/>
  </DiskSection>
  <NetworkSection>
    <Info>The network of the machine</Info>
    <Network ovf:name="NAT">
      <Description>NAT</Description>
    </Network>
  </NetworkSection>
  <VirtualSystem ovf:id="${name}">
    <Info>An Alpine Linux with Kubernetes</Info>
    <OperatingSystemSection ovf:id="${number}">
      <Info>The operating system</Info>
      <Description>${system}</Description>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>The hardware of the machine</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${name}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>virtualbox-2.2</vssd:VirtualSystemType>
      </System>
${itemsOf(shape).map(itemText).join("\n")}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`;
}

type Item = Readonly<Record<string, string | number>>;

/** Processors, memory, a controller, the disk on it, a card: resource types of CIM_ResourceAllocationSettingData. */
function itemsOf({ cpus, memory }: MachineShape): readonly Item[] {
  const named = (name: string): Item => ({ Caption: name, ElementName: name });
  const disk = { HostResource: "/disk/vmdisk1", InstanceID: 4, Parent: 3, ResourceType: 17 };
  const card = { InstanceID: 5, ResourceSubType: "E1000", ResourceType: 10 };
  return [
    { ...named(`${cpus} virtual CPU`), InstanceID: 1, ResourceType: 3, VirtualQuantity: cpus },
    {
      ...{ AllocationUnits: "MegaBytes", ...named(`${memory} MB of memory`) },
      ...{ InstanceID: 2, ResourceType: 4, VirtualQuantity: memory },
    },
    { Address: 0, ...named("sataController0"), InstanceID: 3, ResourceSubType: "AHCI", ResourceType: 20 },
    { AddressOnParent: 0, ...named("disk1"), ...disk },
    { AutomaticAllocation: "true", Caption: "Ethernet adapter on NAT", Connection: "NAT", ...named("card1"), ...card },
  ];
}

/** The schema wants an item's fields by their names, in the order of the alphabet. */
function itemText(item: Item): string {
  const fields = Object.keys(item)
    .sort()
    .map((key) => `        <rasd:${key}>${item[key] ?? ""}</rasd:${key}>`);
  return ["      <Item>", ...fields, "      </Item>"].join("\n");
}
