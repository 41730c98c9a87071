"""Cross-checks `digress data import` of molecules against RDKit in Python: nothing lost or changed
without being counted.

usage: cross_check_molecules.py PROGRAM FILE.smi|FILE.csv [COLUMN]

Imports the file with each set of options, reads the set that was made, builds a molecule of every
graph, and compares canonical SMILES as multisets with those of the records that were not dropped.
Each reason to drop a record, and each count of what was left out, is found anew.
"""

import collections
import csv
import itertools
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import numpy
from rdkit import Chem, RDLogger

RDLogger.DisableLog("rdApp.*")
BONDS = {
    "single": Chem.BondType.SINGLE,
    "double": Chem.BondType.DOUBLE,
    "triple": Chem.BondType.TRIPLE,
    "aromatic": Chem.BondType.AROMATIC,
}
FEW_ATOMS = ("C", "N", "O", "F")
KNOWN_ATOMS = "* H Li Be B C N O F Na Mg Al Si P S Cl K Ca Zn Ge As Se Br Sn Te I".split()
MOST = 20
REASONS = (
    "unparsable",
    "disconnected",
    "radical",
    "charged",
    "other atoms",
    "other bonds",
    "too large",
    "only hydrogens",
    "changed as graphs",
)

# full: aromatic and charges, too
Options = collections.namedtuple(
    "Options", "explicit aromatic charges largest few small full", defaults=(False,)
)


def arguments_of(options):
    words = ["--hydrogens", "explicit" if options.explicit else "implicit"]
    words += ["--bonds", "aromatic" if options.aromatic else "kekule"]
    if options.full:
        words += ["--atoms-as", "full"]
    elif options.charges:
        words += ["--charges"]
    words += ["--keep-largest-fragment"] if options.largest else []
    words += ["--atoms", ",".join(FEW_ATOMS)] if options.few else []
    return words + (["--max-atoms", str(MOST)] if options.small else [])


def records_of(path, column):
    """The records as digress counts them."""
    if path.suffix == ".csv":
        with open(path, newline="") as stream:
            return [row[column].strip() for row in csv.DictReader(stream)]
    lines = (line.strip() for line in open(path, errors="replace"))
    return [line.split()[0] for line in lines if line and not line.startswith("#")]


# ---- what RDKit says of a record ----


AtomClass = collections.namedtuple("AtomClass", "symbol charge hydrogens aromatic")


def class_of(atom, full):
    """hydrogens: None where the class does not say them."""
    kind = AtomClass(atom.GetSymbol(), atom.GetFormalCharge(), None, None)
    if not full:
        return kind
    aromatic = atom.GetIsAromatic() and atom.GetAtomicNum() != 0
    return kind._replace(hydrogens=atom.GetTotalNumHs(), aromatic=aromatic)


def atom_of(kind):
    atom = Chem.Atom(kind.symbol)
    atom.SetFormalCharge(kind.charge)
    if kind.hydrogens is not None:
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(kind.hydrogens)
        atom.SetIsAromatic(kind.aromatic)
    return atom


def says(mol, kinds, bonds):
    """Whether a sanitised molecule says what the classes do, and has no unpaired electrons."""
    for atom, kind in zip(mol.GetAtoms(), kinds):
        if kind.hydrogens is None:
            continue
        if class_of(atom, True) != kind or atom.GetNumRadicalElectrons():
            return False
    return kinds[0].hydrogens is None or all(
        mol.GetBondBetweenAtoms(int(u), int(v)).GetBondType() == bond for u, v, bond in bonds
    )


def molecule_of_graph(kinds, bonds):
    """None: RDKit does not accept it."""
    mol = Chem.RWMol()
    for kind in kinds:
        mol.AddAtom(atom_of(kind))
    for u, v, bond in bonds:
        mol.AddBond(int(u), int(v), bond)
        if bond == Chem.BondType.AROMATIC:
            for end in (u, v):
                mol.GetAtomWithIdx(int(end)).SetIsAromatic(True)
    try:
        Chem.SanitizeMol(mol)
    except (ValueError, RuntimeError):
        return None
    return mol if says(mol, kinds, bonds) else None


def without_hydrogens(mol):
    """Those stay that are bound to no atom but hydrogens, or to two."""
    how = Chem.RemoveHsParameters()
    how.removeIsotopes = how.removeDefiningBondStereo = how.removeDummyNeighbors = True
    return Chem.RemoveHs(mol, how)


class Record:
    """One record under one set of options."""

    def __init__(self, text, options):
        self.reasons, self.smiles = set(), None
        self.hydrogens = self.stereo = self.isotopes = self.cut = 0
        raw = Chem.MolFromSmiles(text, sanitize=False) if text else None
        mol = Chem.MolFromSmiles(text) if text else None
        if raw is not None and options.largest:
            parts = Chem.GetMolFrags(raw, asMols=True, sanitizeFrags=False)
            self.cut = len(parts) > 1
            raw = max(parts, key=lambda part: part.GetNumHeavyAtoms(), default=None)
            mol = Chem.RWMol(raw) if raw is not None else None
            try:
                mol = mol and Chem.RemoveHs(mol)
            except (ValueError, RuntimeError):
                mol = None
        if raw is not None and options.small and raw.GetNumHeavyAtoms() > MOST:
            self.reasons.add("too large")
        if mol is None or mol.GetNumAtoms() == 0:
            self.reasons.add("unparsable")
            return
        self.settle(raw, Chem.RWMol(mol), options)

    def settle(self, raw, mol, options):
        self.stereo = any(
            atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED for atom in raw.GetAtoms()
        ) or any(bond.GetBondDir() != Chem.BondDir.NONE for bond in raw.GetBonds())
        Chem.RemoveStereochemistry(mol)
        mol = Chem.AddHs(mol) if options.explicit else without_hydrogens(mol)
        left = sum(atom.GetAtomicNum() == 1 for atom in mol.GetAtoms())
        written = sum(atom.GetAtomicNum() == 1 for atom in raw.GetAtoms())
        self.hydrogens = 0 if options.explicit else written - left
        self.isotopes = any(atom.GetIsotope() for atom in mol.GetAtoms())
        for atom in mol.GetAtoms():
            atom.SetAtomMapNum(0)
            atom.SetIsotope(0)
        self.smiles = Chem.MolToSmiles(mol, isomericSmiles=False)
        self.judge(mol, options)

    def judge(self, mol, options):
        say = self.reasons.add
        if len(Chem.GetMolFrags(mol)) > 1:
            say("disconnected")
        for atom in mol.GetAtoms():
            if atom.GetNumRadicalElectrons():
                say("radical")
            if atom.GetFormalCharge() and not options.charges:
                say("charged")
            if atom.GetAtomicNum() == 1 and not options.explicit:
                say("only hydrogens")
            if atom.GetSymbol() not in KNOWN_ATOMS:
                say("other atoms")
            if options.few and (atom.GetSymbol() not in FEW_ATOMS or atom.GetFormalCharge()):
                say("other atoms")
        if options.small and mol.GetNumAtoms() > MOST:
            say("too large")
        if not options.aromatic:
            Chem.Kekulize(mol, clearAromaticFlags=True)
        bonds = [
            (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondType())
            for bond in mol.GetBonds()
        ]
        if any(bond[2] not in BONDS.values() for bond in bonds):
            say("other bonds")
            return
        graph = molecule_of_graph(
            [class_of(atom, options.full) for atom in mol.GetAtoms()],
            bonds,
        )
        if graph is None or Chem.MolToSmiles(graph, isomericSmiles=False) != self.smiles:
            say("changed as graphs")


# ---- what digress says ----


def tensors_of(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__")
    types = {"I64": "<i8", "I32": "<i4", "U8": "u1"}
    arrays = {}
    for name, about in header.items():
        first, end = about["data_offsets"]
        array = numpy.frombuffer(data[8 + size + first : 8 + size + end], types[about["dtype"]])
        arrays[name] = array.reshape(about["shape"])
    return metadata, arrays


def atom_of_class(name):
    inside = re.fullmatch(r"\[(.*)\]", name)
    pattern = r"([A-Z][a-z]?|\*)()([+-]\d*)?"
    if inside:
        pattern = r"([A-GI-Z][a-z]?|H(?=$|[+-])|[a-z][a-z]?|\*)(?:H(\d?))?([+-]\d*)?"
    found = re.fullmatch(pattern, inside.group(1) if inside else name)
    symbol, hydrogens, charge = found.groups()
    number = int(charge[0] + (charge[1:] or "1")) if charge else 0
    if not inside:
        return AtomClass(symbol, number, None, None)
    count = 0 if hydrogens is None else int(hydrogens or 1)
    return AtomClass(symbol.capitalize(), number, count, symbol.islower())


def smiles_of_set(path):
    """One for each graph; None for one that is no molecule."""
    metadata, t = tensors_of(path)
    atoms = [atom_of_class(name) for name in json.loads(metadata["node_classes"])]
    bonds = json.loads(metadata["edge_classes"])
    for g in range(len(t["node_ptr"]) - 1):
        nodes = t["node_class"][t["node_ptr"][g] : t["node_ptr"][g + 1]]
        edges = range(t["edge_ptr"][g], t["edge_ptr"][g + 1])
        mol = molecule_of_graph(
            [atoms[node] for node in nodes],
            [(*t["edge_index"][e], BONDS[bonds[t["edge_class"][e]]]) for e in edges],
        )
        yield Chem.MolToSmiles(mol, isomericSmiles=False) if mol else None


def number_before(text, pattern):
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def check(program, path, column, options):
    """The complaints."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        words = [program, "data", "import", path, "--out", folder / "set"]
        words += ["--dropped", folder / "dropped", *arguments_of(options)]
        words += ["--column", column] if column else []
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode != 0:
            return [f"exit status {done.returncode}: {done.stderr.strip()}"]
        dropped = {}
        for line in open(folder / "dropped").read().splitlines()[1:]:
            fields = line.split("\t")
            dropped[int(fields[1]) - 1] = fields[3].split(":")[0]
        made = collections.Counter()
        for part in ("train", "val", "test"):
            made.update(smiles_of_set(folder / "set" / f"{part}.safetensors"))
    return compare(records_of(path, column), dropped, made, done.stdout, options)


def compare(texts, dropped, made, said, options):
    complaints = []
    records = [Record(text, options) for text in texts]
    kept = [record for k, record in enumerate(records) if k not in dropped]
    for k, reason in dropped.items():
        if reason not in records[k].reasons:
            complaints.append(f"{texts[k]}: dropped as {reason}, not {records[k].reasons}")
    for k, record in enumerate(records):
        if k not in dropped and record.reasons:
            complaints.append(f"{texts[k]}: kept, though {record.reasons}")
    expected = collections.Counter(record.smiles for record in kept)
    for smiles, count in ((made - expected) + (expected - made)).items():
        complaints.append(f"{smiles}: {made[smiles]} in the set, {expected[smiles]} in the file")
    counts = {
        "kept": (len(kept), r"(\d+) of \d+ molecules kept"),
        "read": (len(records), r"\d+ of (\d+) molecules kept"),
        "hydrogens": (sum(r.hydrogens for r in kept), r"hydrogen atoms (\d+)"),
        "stereo": (sum(r.stereo for r in kept), r"stereochemistry of (\d+)"),
        "isotopes": (sum(r.isotopes for r in kept), r"isotopes of (\d+)"),
        "fragments": (sum(r.cut for r in kept), r"smaller fragments of (\d+)"),
    }
    for reason in REASONS:
        of = sum(found == reason for found in dropped.values())
        counts[reason] = (of, rf"[:,] (\d+) {reason}")
    for name, (count, pattern) in counts.items():
        if number_before(said, pattern) != count:
            complaints.append(f"{name}: said {number_before(said, pattern)}, found {count}")
    return complaints


def main():
    program, path = sys.argv[1], pathlib.Path(sys.argv[2])
    column = sys.argv[3] if len(sys.argv) > 3 else "smiles" if path.suffix == ".csv" else None
    sets = [Options(*flags, False, False) for flags in itertools.product((False, True), repeat=4)]
    sets += [Options(False, False, True, False, True, False)]
    sets += [Options(True, True, True, True, False, True), Options(*[False] * 5, True)]
    sets += [Options(explicit, True, True, False, False, False, True) for explicit in (False, True)]
    sets += [Options(False, True, True, True, False, True, True)]
    failed = 0
    for options in sets:
        complaints = check(program, path, column, options)
        failed += len(complaints)
        print(f"{' '.join(arguments_of(options))}: {len(complaints)} complaints")
        for complaint in complaints[:10]:
            print(f"    {complaint}")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
