/* What the C compiler makes of hpy's headers, for the Rust side to check itself
   against: a layout that differs would call the wrong context function. */
#include "shim.h"

const uint32_t hpy_shim_abi_version = HPY_ABI_VERSION;
const uint32_t hpy_shim_abi_version_minor = HPY_ABI_VERSION_MINOR;

const size_t hpy_shim_layout[] = {
    sizeof(struct _HPyContext_s),
    offsetof(struct _HPyContext_s, h_None),
    offsetof(struct _HPyContext_s, ctx_Dup),
    offsetof(struct _HPyContext_s, ctx_CallRealFunctionFromTrampoline),
    offsetof(struct _HPyContext_s, ctx_CallMethod),
    sizeof(HPyDef),
    offsetof(HPyDef, meth),
    sizeof(HPyType_Spec),
    offsetof(HPyType_Spec, defines),
    sizeof(HPyModuleDef),
    sizeof(_HPyFunc_args_KEYWORDS),
    sizeof(_HPyFunc_args_NEWFUNC),
};
