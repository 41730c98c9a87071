"""From a file of SMILES to new ones: molecules.py FILE.smi MINUTES"""

import sys
import digress

smiles = open(sys.argv[1]).read().split()
molecules = digress.GraphSet.from_smiles(smiles)
train, val = molecules.split(0.95, 0.05)
model = digress.DiGress(max_minutes=float(sys.argv[2]))
model.fit(train, val=val)
samples = model.sample(1000)
print(digress.evaluate(samples, train=train))
for text in filter(None, samples.to_smiles()):
    print(text)
