"""Which of slang's findings speak against a candidate, and how much.

slang is stricter than the tools much Verilog was written for, and it sees each file with default parameters only. So
some of its errors count as warnings here (a name used before its declaration, values that depend on a parameter), some
of its warnings as errors (two drivers of a net, an assignment to an input), and pure style does not count.

What it does not do: find anything itself.
"""

from __future__ import annotations

import re

from rtlgen.sim.static.drivers import TWO_DRIVERS
from rtlgen.sim.static.elaborate import Finding


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


STYLE = _names("""
    NewlineEOF MissingTimeScale MismatchedTimeScales UnnamedGenerate NoTopModules InfoTask WarningTask EmptyStatement
    EmptyBody EmptyMember UnusedResult NonStandardGenBlock NonstandardSysFunc NonstandardEscapeCode NonstandardDist
    NonstandardForeach NonstandardInside UselessCast MisleadingIndentation UnsignedArithShift SignConversion
    ArithOpMismatch CaseDefault CaseDup CaseComplex CaseRedundantDefault PointlessVoidCast RedefiningMacro
    HeaderGuardMismatch UnknownPragma DanglingElse EmptyOutputPortConn DuplicateDefinition
    TimeScaleFirstInScope DuplicateImport UnknownEscapeCode AssertionNoClock IntBoolConv SignCompare
    BitwiseOpParentheses LogicalOpParentheses LogicalNotParentheses BitwiseRelPrecedence ConditionalPrecedence
    ArithInShift ImplicitNetPortNoDefault EmptyInputPortConn
""")
"""Not counted at all."""

SOFT = _names("""
    UsedBeforeDeclared UnknownModule UnknownPrimitive UnknownInterface CouldNotOpenIncludeFile UnknownPackage
    TopModuleIfacePort TopModuleRefPort TopModuleUnnamedRefPort ParamHasNoValue StaticAssert ErrorTask FatalTask
    InvalidTopModule MaxGenerateStepsExceeded MaxInstanceArrayExceeded MaxInstanceDepthExceeded
    InfinitelyRecursiveHierarchy ConstEvalExceededMaxSteps ConstEvalExceededMaxCallDepth ConstEvalExceededMaxSize
    ConstEvalReplicationCountInvalid ConstEvalNoCaseItemsMatched ConstEvalNoIfItemsMatched ConstEvalAssertionFailed
    ObjectTooLarge PackedTypeTooLarge ArrayDimTooLarge InvalidArraySize EnumValueOutOfRange EnumValueOverflow
    EnumValueDuplicate EnumValueSizeMismatch ValueMustNotBeUnknown ValueMustBePositive ValueOutOfRange
    ValueExceedsMaxBitWidth ReplicationZeroOutsideConcat EmptyConcatNotAllowed ScopeIndexOutOfRange RangeWidthOverflow
    PackedUnionWidthMismatch GenvarUnknownBits GenvarDuplicate
    InvalidMemberAccess BadAssignmentPatternType BadSystemSubroutineArg AssignmentPatternMissingElements
    WrongNumberAssignmentPatterns PortConnDimensionsMismatch PortDeclDimensionsMismatch PortConnArrayMismatch
    InterfacePortNotConnected
    CouldNotResolveHierarchicalPath HierarchicalFromPackage HierarchicalRefUnknownModule
    NoImplicitConversion BadBinaryExpression BadUnaryExpression BadConversion BadCastType
""")
"""Errors of slang that count as warnings: they depend on parameter values, on what is outside the project, or on
how strict a tool is."""

HARD = _names("""
    MultipleContAssigns MultipleAlwaysAssigns MixedVarAssigns InputPortCoercion Redefinition
    RedefinitionDifferentType ParameterDoesNotExist UnknownSystemName
""")
"""Warnings of slang that count as errors."""

UNDECLARED = _names("""
    UndeclaredIdentifier TypoIdentifier ImplicitNet UndeclaredButFoundPackage UnknownClassOrPackage
    UnknownPackageMember UnknownClassMember UnknownDirective UnknownMember UnknownSystemName UnknownModule
    UnknownPackage UnknownInterface PortDoesNotExist ParameterDoesNotExist NotAModport ImplicitNamedPortNotFound
""")
"""Findings that say a name is not declared; `Finding.name` is the name."""

UNDECLARED_YET = _names("UndeclaredIdentifier TypoIdentifier ImplicitNet UnknownMember UnknownClassMember")
"""Those of `UNDECLARED` that text after the cursor may still cure where names are used before their declaration."""

OPEN_WORLD = _names("""
    UndeclaredIdentifier TypoIdentifier ImplicitNet UndeclaredButFoundPackage UnknownClassOrPackage
    UnknownPackageMember UnknownClassMember UnknownMember PortDoesNotExist ParameterDoesNotExist NotAModport
    ImplicitNamedPortNotFound
""")
"""Findings that cannot be trusted when headers, packages or macros of the file are outside the project."""

UNFINISHED = _names("""
    UnconnectedInputPort UnconnectedOutputPort UnconnectedInOutPort UnconnectedUnnamedPort EmptyInputPortConn
    IncompleteReturn MissingReturn InferredLatch InferredComb UnusedPortDecl MissingPortIODeclaration
    CaseIncomplete CaseEnum CaseNone UndrivenNet CaseStatementEmpty CaseGenerateEmpty InstanceMissingParens
    AlwaysWithoutTimingControl AssignmentPatternNoMember AssignmentPatternAssociativeType AssignmentPatternMissingElements
    AssignmentPatternMissingDynamicElements WrongNumberAssignmentPatterns AssignmentPatternKeyExpr
    MisplacedTrailingSeparator MissingFormatSpecifier FormatNoArgument TooFewArguments NotEnoughMacroArgs
""")
"""Findings that more text may still cure."""


_LATE_SYNTAX = _names("MixingOrderedAndNamedPorts MixingOrderedAndNamedParams MixingOrderedAndNamedArgs")
_NOT_COUNTED = re.compile(
    r"^expected 'property'$|^unknown system name '\$(?:any|all)(?:const|seq)'"
    r"|^invalid member access for type '\w+' \(aka 'logic'\)"
)
"""What formal tools add to the language; members of a type parameter whose default is a placeholder."""


def weight(finding: Finding, *, forced: bool = False) -> str:
    """``error``, ``warning`` or ``""`` (not counted) for a finding of slang.

    `forced`: conditionals were made to take a branch, so declarations of several branches may meet.
    """
    if finding.code in STYLE or _NOT_COUNTED.search(finding.message):
        return ""
    if finding.code in HARD or finding.code == TWO_DRIVERS:
        return "warning" if forced else "error"
    if finding.severity == "error":
        return "warning" if finding.code in SOFT else "error"
    return "warning"


def is_syntax(finding: Finding) -> bool:
    """True for a syntax error, and for what slang finds later but a parser could have."""
    return finding.severity == "error" and (finding.phase == "parse" or finding.code in _LATE_SYNTAX)


def identity(finding: Finding) -> tuple[str, str]:
    """What makes two findings at the same place the same: code and message, without the suggestion of a spelling."""
    code = "UndeclaredIdentifier" if finding.code == "TypoIdentifier" else finding.code
    return code, finding.message.split("; did you mean")[0]
