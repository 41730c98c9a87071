/* Which instruction set's copy of the vector kernels runs. A *.isa.c file is compiled once for each
 * set; it exports its table of functions under DG_ISA_NAME(table). */
#ifndef DG_MATH_ISA_H
#define DG_MATH_ISA_H

#define DG_ISA_JOIN(name, isa) name##_##isa
#define DG_ISA_EXPAND(name, isa) DG_ISA_JOIN(name, isa)
#define DG_ISA_NAME(name) DG_ISA_EXPAND(name, DG_ISA)

typedef enum dg_isa { DG_ISA_BASE, DG_ISA_X86_64_V2, DG_ISA_X86_64_V3, DG_ISA_X86_64_V4 } dg_isa;

/* The best that this processor has, or the one that the environment variable DIGRESS_ISA (v2, v3,
 * v4) asks for, if the processor has it. */
dg_isa dg_isa_choose(void);
const char *dg_isa_name(dg_isa isa); /* "base", "x86-64-v2", ... */

#if defined(__x86_64__)
#define DG_ISA_DECLARE(type, table) extern const type table##_v2, table##_v3, table##_v4
#define DG_ISA_SELECT(table)                                                                       \
    (dg_isa_choose() == DG_ISA_X86_64_V4   ? &table##_v4                                           \
     : dg_isa_choose() == DG_ISA_X86_64_V3 ? &table##_v3                                           \
                                           : &table##_v2)
#else
#define DG_ISA_DECLARE(type, table) extern const type table##_base
#define DG_ISA_SELECT(table) (&table##_base)
#endif

#endif
