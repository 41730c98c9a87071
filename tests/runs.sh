# Sourced by the tests of several ranks, after expect.sh: a tiny training, and what two runs differ in.

# More ranks than cores, and perhaps root: of Open MPI 4 and 5.
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# Open MPI leaks, out of modules that it has unloaded by then: no suppression could name them. What
# digress leaks is found by the commands without ranks.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"

cat >tiny.yaml <<'EOT'
general: {name: tiny, check_val_every_n_epochs: 2, sample_every_val: 1, samples_to_generate: 5,
    chains_to_save: 1, number_chain_steps: 2}
train: {n_epochs: 2, batch_size: 8, threads: 1, accumulators: 4, clip_grad: 1, ema_decay: 0.9}
model:
    diffusion_steps: 6
    n_layers: 1
    extra_features: null
    hidden_mlp_dims: {X: 8, E: 8, y: 8}
    hidden_dims: {dx: 8, de: 8, dy: 8, n_head: 2, dim_ffX: 8, dim_ffE: 8, dim_ffy: 8}
EOT

# tensors FILE: what a safetensors file holds but for its header, which has times in it.
tensors() {
    tail -c "+$(($(od -An -tu8 -N8 "$1") + 9))" "$1"
}

# compare_runs RUN OTHER FILES: the checkpoints of these names, and the samples.
compare_runs() {
    for file in $3; do
        tensors "$1/checkpoints/$file.safetensors" >a
        tensors "$2/checkpoints/$file.safetensors" >b
        [ -s a ] && cmp a b >out 2>&1 || complain "$file.safetensors of $2 differs from that of $1"
    done
    diff -r "$1/samples" "$2/samples" >out || complain "samples of $2 differ from those of $1"
}

# compare_logs RUN OTHER
compare_logs() {
    for log in "$1" "$2"; do
        sed -e 's/,"minutes":[^,]*//' -e 's/,"graphs_per_second":[^,}]*//' "$log/log.jsonl" >"$log.log"
    done
    diff "$1.log" "$2.log" >out || complain "the log of $2 differs from that of $1"
}
